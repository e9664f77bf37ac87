import { openDeadLetterQuota } from '@bytebasket/server/ingest/dead-letter-quota';
import { PortError } from '@bytebasket/server/ports/errors';
import type { NewRecord } from '@bytebasket/server/ports/event-log';
import type { FoldFailure } from '@bytebasket/server/processor/observer';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../tests/support/manual-clock.js';
import type { LogLine } from './processor-figures.js';
import { openSetAside } from './set-aside.js';

const HOUR_MS = 3_600_000;
const QUOTA_BYTES = 10_000;

const failure = (offset: number): FoldFailure => ({
  source: { topic: 'transactions', partition: 0, offset },
  record: {
    offset,
    appendMs: 0,
    key: Buffer.from('k'),
    value: Buffer.alloc(1_000),
    headers: {},
  },
  fold: 'metrics',
  error: new Error('defect'),
});

describe('records that a fold could not take', () => {
  test('are kept up to the quota of the hour; beyond it they are counted, and one line says so', async () => {
    const clock = manualClock(HOUR_MS * 100);
    const kept: (readonly NewRecord[])[] = [];
    const lines: LogLine[] = [];
    let notKept = 0;
    const setAside = openSetAside({
      inputs: {
        partitions: 4,
        append: async (topic, records) => {
          expect(topic).toBe('dead-letters');
          kept.push(records);
          return [0];
        },
      },
      quota: openDeadLetterQuota(clock, QUOTA_BYTES),
      notKept: () => (notKept += 1),
      log: (line) => lines.push(line),
    });
    for (let offset = 0; offset < 100; offset++) await setAside(failure(offset));
    const first = kept.length;
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThan(10);
    expect(notKept).toBe(100 - first);
    expect(lines).toEqual([
      {
        level: 'error',
        message: `dead letters reached ${QUOTA_BYTES} bytes in this hour: further ones are only counted`,
        fields: { fold: 'metrics', topic: 'transactions', partition: 0, offset: first },
      },
    ]);

    await clock.advance(HOUR_MS);
    await setAside(failure(100));
    expect([kept.length, notKept, lines.length]).toEqual([first + 1, 100 - first, 1]);
  });

  test('that are tried again, because the log did not answer, take their room once', async () => {
    let down = true;
    const setAside = openSetAside({
      inputs: {
        partitions: 4,
        append: () =>
          down ? Promise.reject(new PortError('Unavailable', 'not now')) : Promise.resolve([0]),
      },
      quota: openDeadLetterQuota(manualClock(), 2_000),
      notKept: () => expect.unreachable('it fits'),
      log: () => expect.unreachable('it fits'),
    });
    for (let attempt = 0; attempt < 5; attempt++) {
      await expect(setAside(failure(1))).rejects.toThrow('not now');
    }
    down = false;
    await setAside(failure(1));
  });
});
