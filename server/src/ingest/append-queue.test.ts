import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { PortError } from '../ports/errors.js';
import type { EventLog, NewRecord } from '../ports/event-log.js';
import { openAppendQueue, type QueuedBatch } from './append-queue.js';

interface Call {
  readonly topic: string;
  readonly records: readonly NewRecord[];
  readonly settle: (error?: PortError) => void;
}

/** A log that takes appends when the test says so. */
function slowLog(): { log: EventLog; calls: Call[] } {
  const calls: Call[] = [];
  const ends = new Map<string, number>();
  const refuse = (): never => {
    throw new Error('only append');
  };
  const log: EventLog = {
    capabilities: { singleWriter: true, atomicAppend: true, sharedGroups: false },
    partitions: 1,
    append: (topic, records) =>
      new Promise((resolve, reject) => {
        const settle = (error?: PortError): void => {
          if (error !== undefined) {
            reject(error);
            return;
          }
          const start = ends.get(topic) ?? 0;
          ends.set(topic, start + records.length);
          resolve(records.map((_, i) => start + i));
        };
        calls.push({ topic, records, settle });
      }),
    read: refuse,
    consume: refuse,
    commit: refuse,
    bounds: refuse,
    expire: refuse,
    close: refuse,
  };
  return { log, calls };
}

function records(count: number): NewRecord[] {
  const bytes = Buffer.alloc(1);
  return Array.from({ length: count }, () => ({
    partition: 0,
    key: bytes,
    value: bytes,
    headers: {},
  }));
}

function batch(portions: Record<string, number>, extra: Partial<QueuedBatch> = {}): QueuedBatch {
  return {
    portions: Object.entries(portions).map(([topic, n]) => ({ topic, records: records(n) })),
    bytes: 100,
    wanted: () => true,
    ...extra,
  };
}

/** Turns enough for a group that gathers to be handed over. */
async function handedOver(calls: readonly Call[], count: number): Promise<void> {
  for (let turn = 0; turn < 1_000 && calls.length < count; turn++) await nextTurn();
  expect(calls).toHaveLength(count);
}

describe('the append queue', () => {
  test('hands what arrived meanwhile over in one append per topic, one group at a time', async () => {
    const { log, calls } = slowLog();
    const queue = openAppendQueue(log);
    const first = queue.append(batch({ a: 2 }));
    await handedOver(calls, 1);
    const second = queue.append(batch({ a: 1, b: 2 }));
    const third = queue.append(batch({ b: 1 }));
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    expect(calls).toHaveLength(1);
    calls[0]?.settle();
    await handedOver(calls, 3);
    expect(calls.slice(1).map(({ topic, records: all }) => [topic, all.length])).toEqual([
      ['a', 1],
      ['b', 3],
    ]);
    for (const call of calls.slice(1)) call.settle();
    expect(await first).toEqual([{ status: 'fulfilled', value: [0, 1] }]);
    expect(await second).toEqual([
      { status: 'fulfilled', value: [2] },
      { status: 'fulfilled', value: [0, 1] },
    ]);
    expect(await third).toEqual([{ status: 'fulfilled', value: [2] }]);
  });

  test('tells a failed topic from one that was written', async () => {
    const { log, calls } = slowLog();
    const outcome = openAppendQueue(log).append(batch({ a: 1, b: 1 }));
    await handedOver(calls, 2);
    const failure = new PortError('Unavailable', 'planted');
    calls[0]?.settle(failure);
    calls[1]?.settle();
    expect(await outcome).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: [0] },
    ]);
  });

  test('gives up what is no longer wanted when its turn comes', async () => {
    const { log, calls } = slowLog();
    const queue = openAppendQueue(log);
    let wanted = true;
    void queue.append(batch({ a: 1 }));
    await handedOver(calls, 1);
    const given = queue.append(batch({ a: 1 }, { wanted: () => wanted }));
    const kept = queue.append(batch({ a: 3 }));
    wanted = false;
    calls[0]?.settle();
    await handedOver(calls, 2);
    expect(calls[1]?.records).toHaveLength(3);
    calls[1]?.settle();
    expect(await given).toMatchObject([{ status: 'rejected', reason: { kind: 'Unavailable' } }]);
    expect(await kept).toEqual([{ status: 'fulfilled', value: [1, 2, 3] }]);
  });

  test('splits what is more than one group takes, in order', async () => {
    const { log, calls } = slowLog();
    const queue = openAppendQueue(log);
    const sizes = Array.from({ length: 5 }, () => queue.append(batch({ a: 3_000 })));
    const large = queue.append(batch({ a: 1 }, { bytes: 20 * 1024 * 1024 }));
    for (let group = 1; group <= 4; group++) {
      await handedOver(calls, group);
      calls[group - 1]?.settle();
    }
    await Promise.all([...sizes, large]);
    expect(calls.map(({ records: all }) => all.length)).toEqual([6_000, 6_000, 3_000, 1]);
  });
});
