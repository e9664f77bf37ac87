import { describe, expect, test } from 'vitest';
import type { LogRecord } from '../ports/event-log.js';
import type { Fold, FoldInput } from './fold.js';
import type { FoldState } from './fold-snapshots.js';
import type { FoldFailure, Gap } from './observer.js';
import { PartitionTask, type RunningFold } from './partition-task.js';

const SOURCE = { topic: 'user-activity', partition: 1 };

interface Seen {
  readonly offset: number;
  readonly writeTime: number;
}

/** A fold that keeps what it was given. */
function remembering(name: string, place: { from?: number; writeTime?: number } = {}) {
  const seen: Seen[] = [];
  const states: FoldState[] = [];
  const fold: Fold = {
    apply(input: FoldInput) {
      if (input.record.value[0] === 0xff) throw new Error('poison');
      seen.push({ offset: input.record.offset, writeTime: input.writeTime });
    },
    changedRows: () => [],
    changedChunks: () => new Map(),
  };
  const running: RunningFold = {
    name,
    fold,
    from: place.from ?? 0,
    writeTime: place.writeTime ?? 0,
    snapshots: {
      prepare(state) {
        states.push(state);
        return { rows: [], retired: [], chunks: 0, bytes: 0, flip: () => Promise.resolve() };
      },
    },
  };
  return { running, seen, states };
}

function record(offset: number, appendMs: number, byte = 0): LogRecord {
  const empty = new Uint8Array();
  return { offset, appendMs, key: empty, value: Uint8Array.of(byte), headers: {} };
}

function taskOf(folds: readonly RunningFold[]) {
  const gaps: Gap[] = [];
  const task = new PartitionTask({ source: SOURCE, epoch: 1, folds, gap: (gap) => gaps.push(gap) });
  const failures: FoldFailure[] = [];
  return { task, gaps, failures };
}

describe('a task', () => {
  test('gives write times that grow, follow the append time, and survive a clock set back', () => {
    const { running, seen } = remembering('a');
    const { task, failures } = taskOf([running]);
    const appended = [5, 5, 5, 6, 4, 4, 7];
    task.fold(
      appended.map((ms, offset) => record(offset, ms)),
      0,
      failures,
    );
    expect(seen.map(({ writeTime }) => writeTime)).toEqual([
      5_000, 5_001, 5_002, 6_000, 6_001, 6_002, 7_000,
    ]);
  });

  test('goes on with the write time of the snapshot', () => {
    const { running, seen } = remembering('a', { from: 3, writeTime: 9_000 });
    const { task, failures } = taskOf([running]);
    expect(task.nextOffset).toBe(3);
    task.fold([record(2, 8), record(3, 8), record(4, 10)], 0, failures);
    expect(seen).toEqual([
      { offset: 3, writeTime: 9_001 },
      { offset: 4, writeTime: 10_000 },
    ]);
  });

  test('brings a new fold up from the start while an older one keeps its place', () => {
    const old = remembering('old', { from: 3, writeTime: 5_002 });
    const young = remembering('young');
    const { task, failures } = taskOf([old.running, young.running]);
    const records = [5, 5, 5, 5].map((ms, offset) => record(offset, ms));
    task.fold(records.slice(0, 2), 0, failures);
    task.capture();
    task.captureSnapshot();
    // Its state is ahead of this place: a snapshot of it here would fold records twice.
    expect(old.states).toEqual([]);
    expect(young.states.map(({ nextOffset }) => nextOffset)).toEqual([2]);
    task.fold(records, 0, failures);
    task.capture();
    task.captureSnapshot();
    expect(old.states.map(({ nextOffset }) => nextOffset)).toEqual([4]);
    expect(young.seen.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(old.seen).toEqual([{ offset: 3, writeTime: 5_003 }]);
    expect(young.seen.at(-1)).toEqual({ offset: 3, writeTime: 5_003 });
  });

  test('tells a gap and goes on behind it', () => {
    const { running, seen } = remembering('a');
    const { task, failures, gaps } = taskOf([running]);
    task.fold([record(0, 1), record(4, 1)], 0, failures);
    expect(gaps).toEqual([{ ...SOURCE, from: 1, to: 4 }]);
    expect(seen.map(({ offset }) => offset)).toEqual([0, 4]);
  });

  test('gives a record that one fold cannot take to the others', () => {
    const first = remembering('first');
    const second = remembering('second');
    second.running.fold.apply = (input) => {
      second.seen.push({ offset: input.record.offset, writeTime: input.writeTime });
    };
    const { task, failures } = taskOf([first.running, second.running]);
    task.fold([record(0, 1), record(1, 1, 0xff), record(2, 1)], 0, failures);
    expect(failures.map(({ fold, source }) => [fold, source.offset])).toEqual([['first', 1]]);
    expect(first.seen.map(({ offset }) => offset)).toEqual([0, 2]);
    expect(second.seen.map(({ offset }) => offset)).toEqual([0, 1, 2]);
  });

  test('stops after 64 failures so that they can be set aside', () => {
    const { task, failures } = taskOf([remembering('a').running]);
    const records = Array.from({ length: 100 }, (_, offset) => record(offset, 1, 0xff));
    expect(task.fold(records, 0, failures)).toBe(64);
    expect(task.nextOffset).toBe(64);
  });

  test('gives no changes out while it is held', () => {
    const { task, failures } = taskOf([remembering('a').running]);
    task.fold([record(0, 1)], 0, failures);
    task.held = true;
    expect(task.capture()).toBeUndefined();
    expect(task.captureSnapshot()).toBeUndefined();
    task.held = false;
    expect(task.captureSnapshot()).toBeUndefined();
    expect(task.capture()).toMatchObject({ records: 1, nextOffset: 1, watermarkMs: 1 });
    expect(task.captureSnapshot()).toMatchObject({ nextOffset: 1 });
    expect(task.captureSnapshot()).toBeUndefined();
  });
});

describe('the input of folds', () => {
  test('is decoded once per record and decoder', () => {
    let decoded = 0;
    const decoderA = (bytes: Uint8Array): number => {
      decoded += 1;
      return bytes[0] ?? 0;
    };
    const decoderB = (bytes: Uint8Array): string => `b${decoderA(bytes)}`;
    const values: unknown[] = [];
    const fold = (): RunningFold => {
      const { running } = remembering('x');
      running.fold.apply = (input) => {
        values.push(input.decode(decoderA), input.decode(decoderB));
      };
      return running;
    };
    const { task, failures } = taskOf([fold(), fold(), fold()]);
    task.fold([record(0, 1, 7), record(1, 1, 8)], 0, failures);
    expect(decoded).toBe(4);
    expect(values).toEqual([7, 'b7', 7, 'b7', 7, 'b7', 8, 'b8', 8, 'b8', 8, 'b8']);
  });
});
