import { openUpdateHub, type UpdatesGap } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { RowChange } from '@bytebasket/server/gateway/watch/update-hub';
import { PortError } from '@bytebasket/server/ports/errors';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { createUpdateEncoder } from '@bytebasket/server/processor/update-encoder';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caughtUp } from '../support/count-model.js';
import { COUNTS_TABLE, countsTable } from '../support/counting-fold.js';
import { manualClock } from '../support/manual-clock.js';
import {
  countRecord,
  countRows,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
const OTHER_TABLE = 'test_other_counts';

let folder: TempFolder;
let world: World;
const closers: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await tempFolder('update-hub');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await world.close();
  await folder.remove();
});

async function openHub(options: Partial<Parameters<typeof openUpdateHub>[0]> = {}) {
  const hub = await openUpdateHub({ ...world, ...options });
  closers.push(() => hub.close());
  return hub;
}

const encoder = createUpdateEncoder([COUNTS_TABLE, countsTable(OTHER_TABLE)], PARTITIONS);

/** Appends one update for each number. */
function update(numbers: readonly number[], table: string = COUNTS_TABLE.name) {
  const records = numbers.map((n) =>
    encoder.record(
      table,
      { key: [n % 8, `k${n}`, 'user-activity', 0], cells: { records: n }, writeTime: n + 1 },
      1,
    ),
  );
  return world.derived.append('updates', records);
}

const numbersOf = (changes: readonly RowChange[]): number[] =>
  changes.map(({ cells }) => Number(cells['records']));

describe('the update hub', () => {
  test('delivers every change after subscribe resolved, while others write all the time', async () => {
    const gaps: UpdatesGap[] = [];
    const hub = await openHub({ onGap: (gap) => gaps.push(gap) });
    let appended = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        const first = appended + 1;
        await update(Array.from({ length: 7 }, (_, i) => first + i));
        appended += 7;
      }
    })();
    const missed: number[] = [];
    const readers = Array.from({ length: 12 }, async (_, i) => {
      await eventually('a while', () => appended > 70 * (i + 1));
      const got = new Set<number>();
      const unsubscribe = await hub.subscribe([COUNTS_TABLE.name], (changes) => {
        for (const n of numbersOf(changes)) got.add(n);
      });
      // What is being appended now may have begun before: all that begins later has to come.
      const from = appended + 8;
      await eventually('200 more', () => appended >= from + 200);
      const to = from + 200;
      await eventually('they are delivered', () => got.has(to)).catch(() => undefined);
      for (let n = from; n <= to - 14; n++) if (!got.has(n)) missed.push(n);
      unsubscribe();
    });
    await Promise.all(readers);
    writing = false;
    await writer;
    expect(missed).toEqual([]);
    expect(gaps).toEqual([]);
  });

  test('keeps the order within a partition and delivers synchronously in batches', async () => {
    const hub = await openHub();
    const batches: (readonly RowChange[])[] = [];
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void batches.push(changes));
    for (let i = 0; i < 20; i++) await update(Array.from({ length: 50 }, (_, n) => i * 50 + n));
    await eventually('all came', () => batches.flat().length === 1_000);
    const byBucket = new Map<number, number[]>();
    for (const change of batches.flat()) {
      const bucket = Number(change.key[0]);
      byBucket.set(bucket, [...(byBucket.get(bucket) ?? []), ...numbersOf([change])]);
    }
    for (const numbers of byBucket.values()) {
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    }
    expect(batches.length).toBeLessThan(500);
    const ends = (await world.derived.bounds('updates')).map(({ end }) => end);
    expect(hub.offsets()).toEqual(ends);
  });

  test('gives a listener only its tables, and decodes only what somebody listens to', async () => {
    const gaps: UpdatesGap[] = [];
    const hub = await openHub({ onGap: (gap) => gaps.push(gap) });
    const counts: RowChange[] = [];
    const others: RowChange[] = [];
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void counts.push(...changes));
    // Damaged behind the table's name: decoding it would be noticed.
    const [record] = [
      encoder.record(
        OTHER_TABLE,
        { key: [1, 'k', 'user-activity', 0], cells: { records: 5 }, writeTime: 1 },
        1,
      ),
    ];
    const damaged = { ...record, value: record.value.slice(0, record.value.length - 3) };
    await world.derived.append('updates', [damaged]);
    await update([1, 2, 3]);
    await eventually('three came', () => counts.length === 3);
    expect(gaps).toEqual([]);

    let told = 0;
    const unsubscribe = await hub.subscribe(
      [OTHER_TABLE, COUNTS_TABLE.name],
      (changes) => void others.push(...changes),
      { onGap: () => (told += 1) },
    );
    await update([4], OTHER_TABLE);
    await update([5]);
    await world.derived.append('updates', [damaged]);
    await eventually('both came', () => others.length === 2 && told === 1);
    expect(others.map(({ table }) => table).sort()).toEqual([COUNTS_TABLE.name, OTHER_TABLE]);
    expect(gaps).toMatchObject([{ partition: record.partition, error: expect.any(RangeError) }]);
    await eventually('the other one came', () => counts.length === 4);

    unsubscribe();
    await world.derived.append('updates', [damaged]);
    await update([6]);
    await eventually('the next one came', () => counts.length === 5);
    expect(told).toBe(1);
    expect(others.length).toBe(2);
    expect(counts.every(({ table }) => table === COUNTS_TABLE.name)).toBe(true);
  });

  test('does not read the log before somebody subscribes', async () => {
    let reads = 0;
    const derived: EventLog = {
      ...world.derived,
      read: (topic, partition, options) => {
        reads += 1;
        return world.derived.read(topic, partition, options);
      },
    };
    const hub = await openHub({ derived });
    await update([1]);
    expect(reads).toBe(0);
    await hub.subscribe([COUNTS_TABLE.name], () => undefined);
    await hub.subscribe([COUNTS_TABLE.name], () => undefined);
    expect(reads).toBe(PARTITIONS);
  });

  test('tells a gap when updates expired unread, and goes on with what is left', async () => {
    const small = await openWorld({
      folder: `${folder.path}/small`,
      partitions: 1,
      retentionBytes: 3_000,
    });
    closers.push(() => small.close());
    let slow = true;
    const derived: EventLog = {
      ...small.derived,
      // The tail is stopped before it reads anything, as a busy process would be.
      async *read(topic, partition, options) {
        while (slow) await new Promise((resolve) => setTimeout(resolve, 2));
        yield* small.derived.read(topic, partition, options);
      },
    };
    const gaps: UpdatesGap[] = [];
    const hub = await openUpdateHub({ ...small, derived, onGap: (gap) => gaps.push(gap) });
    closers.push(() => hub.close());
    const got: number[] = [];
    let told = 0;
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void got.push(...numbersOf(changes)), {
      onGap: () => (told += 1),
    });
    const oneEncoder = createUpdateEncoder([COUNTS_TABLE], 1);
    for (let n = 0; n < 100; n++) {
      const row = { key: [1, `k${n}`, 't', 0], cells: { records: n }, writeTime: n };
      await small.derived.append('updates', [oneEncoder.record(COUNTS_TABLE.name, row, 1)]);
    }
    await small.derived.expire(Date.now());
    const [bounds] = await small.derived.bounds('updates');
    const start = bounds?.start ?? 0;
    expect(start).toBeGreaterThan(0);
    slow = false;
    await eventually('the rest came', () => got.at(-1) === 99);
    expect(told).toBe(1);
    expect(gaps).toEqual([{ partition: 0, from: 0, to: start }]);
    expect(got).toEqual(Array.from({ length: 100 - start }, (_, i) => start + i));
  });

  test('goes on where it was when the log was away for a while', async () => {
    let failures = 3;
    const derived: EventLog = {
      ...world.derived,
      async *read(topic, partition, options) {
        for await (const records of world.derived.read(topic, partition, options)) {
          yield records;
          if (failures-- > 0) throw new PortError('Unavailable', 'the log is away');
        }
      },
    };
    const hub = await openHub({ derived });
    const got: number[] = [];
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void got.push(...numbersOf(changes)));
    for (let n = 0; n < 30; n++) await update([n]);
    await eventually('all came', () => got.length >= 30);
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(failures).toBeLessThanOrEqual(0);
  });

  test('begins again at the end and tells a gap when the updates cannot be read', async () => {
    const broken = new Error('a damaged page');
    let damaged = true;
    const derived: EventLog = {
      ...world.derived,
      async *read(topic, partition, options) {
        for await (const records of world.derived.read(topic, partition, options)) {
          if (damaged) throw broken;
          yield records;
        }
      },
    };
    const gaps: UpdatesGap[] = [];
    const failures: unknown[] = [];
    const hub = await openHub({
      derived,
      onGap: (gap) => gaps.push(gap),
      onFailure: (error) => failures.push(error),
    });
    const got: number[] = [];
    let told = 0;
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void got.push(...numbersOf(changes)), {
      onGap: () => (told += 1),
    });
    await update([1]);
    await eventually('the gap is told', () => told > 0);
    damaged = false;
    expect(failures[0]).toBe(broken);
    expect(gaps[0]).toMatchObject({ from: 0, to: 1, error: broken });
    await update([9]);
    await eventually('the next one came', () => got.length > 0);
    expect(got).toEqual([9]);
    expect(hub.offsets()).toEqual((await world.derived.bounds('updates')).map(({ end }) => end));
  });

  test('goes on when a listener throws: it is told of a gap, or dropped when it asked for none', async () => {
    const failures: unknown[] = [];
    const hub = await openHub({ onFailure: (error) => failures.push(error) });
    const heard = { gaps: 0, withGap: 0, without: 0, worst: 0 };
    const got: number[] = [];
    const unhandled = new Error('planted');
    await hub.subscribe(
      [COUNTS_TABLE.name],
      () => {
        heard.withGap += 1;
        throw unhandled;
      },
      { onGap: () => (heard.gaps += 1) },
    );
    await hub.subscribe([COUNTS_TABLE.name], () => {
      heard.without += 1;
      throw unhandled;
    });
    await hub.subscribe(
      [COUNTS_TABLE.name],
      () => {
        heard.worst += 1;
        throw unhandled;
      },
      {
        onGap: () => {
          throw unhandled;
        },
      },
    );
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void got.push(...numbersOf(changes)));
    await update([1]);
    await eventually('the first came', () => got.length === 1);
    await update([2]);
    await eventually('the second came', () => got.length === 2);
    expect(heard).toEqual({ gaps: 2, withGap: 2, without: 1, worst: 1 });
    expect(failures).toEqual([unhandled, unhandled, unhandled, unhandled, unhandled]);
  });

  test('hears nothing more after close, and refuses new subscriptions', async () => {
    const hub = await openHub();
    let heard = 0;
    await hub.subscribe([COUNTS_TABLE.name], () => (heard += 1));
    await hub.close();
    await update([1]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(heard).toBe(0);
    await expect(hub.subscribe([COUNTS_TABLE.name], () => undefined)).rejects.toThrow(/closed/);
  });
});

describe('the watermark', () => {
  const append = (n: number): Promise<unknown> =>
    world.inputs.append('user-activity', [countRecord('k', `${n}`, PARTITIONS)]);

  test('is now when the rows hold every record, and stands still while something waits', async () => {
    const clock = manualClock(Date.now());
    const hub = await openHub({ clock, tables: world.tables });
    expect(await hub.watermarkMs()).toBe(clock.nowMs());
    const got: RowChange[] = [];
    await hub.subscribe([COUNTS_TABLE.name], (changes) => void got.push(...changes));

    await append(1);
    await clock.advance(1_000);
    expect(await hub.watermarkMs()).toBe(0);
    const running = startProcessor(world);
    await eventually('the row came', () => got.length === 1);
    await eventually('its progress came', async () => {
      await clock.advance(200);
      return (await hub.watermarkMs()) > 0;
    });
    await clock.advance(300);
    expect(await hub.watermarkMs()).toBe(clock.nowMs());
    await running.stop();

    const appendedMs = Math.floor((got[0]?.writeTime ?? 0) / 1_000);
    await append(2);
    await clock.advance(60_000);
    expect(await hub.watermarkMs()).toBe(appendedMs);
  });

  test('is answered from memory for 200 ms', async () => {
    const clock = manualClock();
    let asked = 0;
    const inputs: EventLog = {
      ...world.inputs,
      bounds: (topic) => {
        asked += 1;
        return world.inputs.bounds(topic);
      },
    };
    const hub = await openHub({ clock, inputs });
    await hub.watermarkMs();
    await clock.advance(199);
    await hub.watermarkMs();
    expect(asked).toBe(2);
    await clock.advance(1);
    await hub.watermarkMs();
    expect(asked).toBe(4);
  });

  test('is known at once from the table of progress when nothing new is coming', async () => {
    for (let n = 0; n < 20; n++) await append(n);
    const running = startProcessor(world);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await running.stop();
    const hub = await openHub({ tables: world.tables });
    const before = Date.now();
    expect(await hub.watermarkMs()).toBeGreaterThanOrEqual(before);
    const blind = await openHub({ tables: undefined });
    expect(await blind.watermarkMs()).toBe(0);
  });

  test('never promises a row that was neither delivered nor readable before', async () => {
    const hub = await openHub({ tables: world.tables });
    const latest = new Map<string, number>();
    await hub.subscribe([COUNTS_TABLE.name], (changes) => {
      for (const { key, cells } of changes) {
        latest.set(`${key[1]} ${key[2]}/${key[3]}`, Number(cells['records']));
      }
    });
    const running = startProcessor(world, { flushIntervalMs: 1 });
    for (let round = 1; round <= 8; round++) {
      const names = Array.from({ length: 10 }, (_, i) => `k${i}`);
      await world.inputs.append(
        'user-activity',
        names.map((name) => countRecord(name, '1', PARTITIONS)),
      );
      const appendedMs = Date.now();
      await eventually('the watermark passes', async () => (await hub.watermarkMs()) > appendedMs);
      expect([...latest.values()]).toEqual(names.map(() => round));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await running.stop();
    const rows = [...(await countRows(world.tables))].map(([name, row]) => [
      name,
      row.cells['records'],
    ]);
    expect(new Map(latest)).toEqual(new Map(rows as [string, number][]));
  }, 20_000);
});
