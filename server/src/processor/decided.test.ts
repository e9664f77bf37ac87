import { describe, expect, test } from 'vitest';
import type { LogRecord, RecordHeaders } from '../ports/event-log.js';
import type { DecideStage } from './decide.js';
import { Decided } from './decided.js';

const SOURCE = { topic: 'transactions', partition: 1 };
const STAGE: DecideStage = {
  topic: 'decisions',
  idOf: ({ value }) => (value.length === 0 ? undefined : Buffer.from(value).toString()),
  decide: () => Promise.resolve([]),
};

interface Written {
  readonly epoch?: number;
  readonly through?: number;
  readonly source?: string;
}

function record(offset: number, id: string, written: Written = {}): LogRecord {
  const { epoch = 1, through = 100, source = SOURCE.topic } = written;
  const headers: RecordHeaders = { epoch: `${epoch}`, through: `${through}`, source };
  return { offset, appendMs: 0, key: new Uint8Array(), value: Buffer.from(id), headers };
}

const decidedFrom = (offset = 0, epoch = 0): Decided =>
  new Decided(STAGE, SOURCE, { offset, epoch });

function left(decided: Decided, ids: readonly string[], through: number): readonly string[] {
  const pending = ids.map((id) => ({ id, item: undefined }));
  return decided.undecided(pending, through).map(({ id }) => id);
}

describe('what was decided', () => {
  test('is left out, the rest stays in order, and an id comes once', () => {
    const decided = decidedFrom();
    decided.see(record(0, 'b'), 0);
    expect(left(decided, ['a', 'b', 'c', 'a'], 100)).toEqual(['a', 'c']);
  });

  test('is held until folding has passed its record, not longer', () => {
    const decided = decidedFrom();
    decided.see(record(0, 'a', { through: 10 }), 0);
    expect(left(decided, [], 9)).toEqual([]);
    expect(decided.held).toBe(1);
    expect(left(decided, ['a'], 10)).toEqual([]);
    expect(decided.held).toBe(0);
  });

  test('does not count when its record is in the snapshot already', () => {
    const decided = decidedFrom();
    decided.see(record(0, 'a', { through: 10 }), 10);
    decided.see(record(1, 'b', { through: 11 }), 10);
    expect(decided.held).toBe(1);
  });

  test('does not count when somebody else wrote it, or for another source', () => {
    const decided = decidedFrom();
    decided.see({ ...record(0, 'a'), headers: {} }, 0);
    decided.see(record(1, 'b', { source: 'user-activity' }), 0);
    decided.see(record(2, ''), 0);
    decided.see({ ...record(3, 'c'), headers: { epoch: 'x', source: SOURCE.topic } }, 0);
    expect(decided.held).toBe(0);
    expect(decided.place()).toEqual({ offset: 4, epoch: 1 });
  });

  test('does not count when an older owner wrote it after a newer one', () => {
    const decided = decidedFrom();
    decided.see(record(0, 'a', { epoch: 2 }), 0);
    decided.see(record(1, 'b', { epoch: 1 }), 0);
    expect(left(decided, ['a', 'b'], 1)).toEqual(['b']);
    const later = decidedFrom(1, 2);
    later.see(record(1, 'b', { epoch: 1 }), 0);
    later.see(record(2, 'c', { epoch: 2 }), 0);
    expect(left(later, ['b', 'c'], 1)).toEqual(['b']);
  });

  test('is read again from the first decision whose record may come again', () => {
    const decided = decidedFrom();
    decided.see(record(4, 'a', { epoch: 3, through: 10 }), 0);
    decided.see(record(5, 'b', { epoch: 4, through: 20 }), 0);
    expect(decided.place()).toEqual({ offset: 4, epoch: 0 });
    left(decided, ['a'], 10);
    expect(decided.place()).toEqual({ offset: 5, epoch: 3 });
    left(decided, ['b'], 20);
    expect(decided.place()).toEqual({ offset: 6, epoch: 4 });
  });

  test('moves on with what is appended and with the end of the topic, never back', () => {
    const decided = decidedFrom(3, 1);
    decided.appended(9, 2);
    expect(decided.place()).toEqual({ offset: 10, epoch: 2 });
    decided.reached(8);
    expect(decided.place()).toEqual({ offset: 10, epoch: 2 });
    decided.reached(15);
    expect(decided.place()).toEqual({ offset: 15, epoch: 2 });
  });
});
