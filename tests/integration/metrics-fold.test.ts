import { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import { DistinctUnion } from '@bytebasket/server/metrics/sketches/distinct-union';
import { TopUnion } from '@bytebasket/server/metrics/sketches/top-union';
import { DayCalendar } from '@bytebasket/server/metrics/time-zone';
import type { Fold } from '@bytebasket/server/processor/fold';
import type { TopicPartition } from '@bytebasket/server/ports/event-log';
import { describe, expect, test } from 'vitest';
import {
  anEvent,
  inputOf,
  inputsOf,
  type Logged,
  PARTITIONS,
  type PartialEvent,
  Random,
  randomStream,
} from './metrics-events.js';
import { recount, type Recount } from './metrics-recount.js';
import { shown, StoredRows } from './metrics-rows.js';

const ACTIVITY = { topic: 'user-activity', partition: 0 };
const TEN = Date.UTC(2026, 10, 23, 10);

const SOURCES: readonly TopicPartition[] = ['user-activity', 'transactions'].flatMap((topic) =>
  Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })),
);

function openFold(source: TopicPartition = ACTIVITY, timeZone = 'Europe/Berlin'): Fold {
  return metricsFold({ timeZone }).open(source, new Map());
}

/** Feeds one event; `times`: appended, occurred. */
function apply(fold: Fold, times: readonly [number, number], partial: PartialEvent): void {
  const [appendMs, occurMs] = times;
  fold.apply(inputOf(ACTIVITY, { appendMs, event: anEvent(occurMs, partial) }));
}

const PAGE: PartialEvent = { payload: { $case: 'pageViewed', value: {} } };

/** Cells of the row of one table whose key begins with the dimension and has the value. */
function cellsOf(fold: Fold, table: string, dimension = 'shop'): Record<string, unknown>[] {
  return fold
    .changedRows()
    .filter((row) => row.table === table && row.key[0] === dimension)
    .map((row) => ({ start: row.key[2], value: row.key[3], ...row.cells }));
}

describe('the fold of the metrics', () => {
  test('counts an event in its window of every resolution, by every dimension', () => {
    const fold = openFold();
    apply(fold, [TEN + 5, TEN], {
      context: {
        country: 'DE',
        device: { type: DeviceType.MOBILE },
        channel: Channel.ORGANIC_SEARCH,
      },
      ...PAGE,
    });
    const counts = fold.changedRows().filter((row) => row.table.startsWith('metric_counts'));
    const cells = { activity_events: 1, page_views: 1 };
    const day = Date.UTC(2026, 10, 22, 23);
    const bucket = { '10s': TEN, '1m': Date.UTC(2026, 10, 23, 6) };
    const tail = ['user-activity', 0];
    const writeTime = (TEN + 5) * 1_000;
    for (const [dimension, value] of [
      ['shop', ''],
      ['country', 'DE'],
      ['device', 'mobile'],
      ['channel', 'organic_search'],
    ]) {
      expect(counts).toContainEqual({
        table: 'metric_counts_10s',
        key: [dimension, bucket['10s'], TEN, value, ...tail],
        cells,
        writeTime,
      });
      expect(counts).toContainEqual({
        table: 'metric_counts_1m',
        key: [dimension, bucket['1m'], TEN, value, ...tail],
        cells,
        writeTime,
      });
      expect(
        counts.filter((row) => row.table === 'metric_counts_1d' && row.key[0] === dimension)[0]
          ?.key[2],
      ).toBe(day);
    }
    expect(counts).toHaveLength(16);
    expect(fold.changedRows()).toEqual([]);
  });

  test('counts up to the lateness after the window’s end and as late beyond, by append time', () => {
    const fold = openFold();
    const closes = TEN + 10_000 + 600_000;
    apply(fold, [closes, TEN], PAGE);
    expect(cellsOf(fold, 'metric_counts_10s')).toEqual([
      { start: TEN, value: '', activity_events: 1, page_views: 1 },
    ]);
    apply(fold, [closes + 1, TEN], PAGE);
    expect(cellsOf(fold, 'metric_counts_10s')).toEqual([
      { start: closes, value: '', late_activity_events: 1 },
    ]);
    apply(fold, [TEN + 60_000 + 3_600_000, TEN], PAGE);
    expect(cellsOf(fold, 'metric_counts_1m')).toEqual([
      { start: TEN, value: '', activity_events: 3, page_views: 3 },
    ]);
  });

  test('counts what is late for every window as late in all four', () => {
    const fold = openFold();
    apply(fold, [TEN, TEN - 400 * 86_400_000], PAGE);
    const rows = fold.changedRows();
    expect(rows).toHaveLength(16);
    for (const row of rows) expect(row.cells).toEqual({ late_activity_events: 1 });
  });

  test('never opens a closed window again, not even when the log’s clock steps back', () => {
    const fold = openFold();
    apply(fold, [TEN + 5, TEN], PAGE);
    fold.changedRows();
    apply(fold, [TEN + 10_000 + 600_000 + 60_001, TEN + 700_000], PAGE);
    expect([...fold.changedChunks()].filter(([, bytes]) => bytes === undefined)).toEqual([
      [`10s/${TEN}`, undefined],
    ]);
    fold.changedRows();
    apply(fold, [TEN + 10, TEN], PAGE);
    const started = cellsOf(fold, 'metric_counts_10s').map(({ start }) => start);
    expect(started).toEqual([TEN]);
  });

  test('throws without changing anything', () => {
    const fold = openFold();
    apply(fold, [TEN, TEN], PAGE);
    fold.changedRows();
    fold.changedChunks();
    const bad = [
      anEvent(TEN + 2 * 86_400_000, PAGE),
      Uint8Array.of(0x0a, 0xff),
      anEvent(TEN, { ...PAGE, occurTime: undefined }),
    ];
    for (const event of bad) {
      expect(() => fold.apply(inputOf(ACTIVITY, { appendMs: TEN + 900_000, event }))).toThrow();
    }
    expect(fold.changedRows()).toEqual([]);
    expect(fold.changedChunks().size).toBe(0);
  });

  test('keeps at most 1,000 values of a dimension in a window and sums up the rest', () => {
    const fold = openFold();
    for (let i = 0; i < 1_003; i++) {
      const product = { productId: 'p', categoryId: `c${i}` };
      apply(fold, [TEN, TEN], { payload: { $case: 'productViewed', value: { product } } });
    }
    apply(fold, [TEN, TEN], {
      payload: { $case: 'productViewed', value: { product: { productId: 'p', categoryId: 'c0' } } },
    });
    const rows = cellsOf(fold, 'metric_counts_1h', 'category');
    expect(rows).toHaveLength(1_001);
    expect(rows.find((row) => row['value'] === '(other)')).toMatchObject({ product_views: 3 });
    expect(rows.find((row) => row['value'] === 'c0')).toMatchObject({ product_views: 2 });
  });

  test('gives the same rows and state whenever it is flushed', () => {
    const stream = randomStream(new Random(11), { fromMs: TEN, count: 400, meanGapMs: 3_000 });
    const runs = [1, 7, 400].map((every) => folded(stream, { every }));
    expect(runs[1]?.rows.lines()).toEqual(runs[0]?.rows.lines());
    expect(runs[2]?.rows.lines()).toEqual(runs[0]?.rows.lines());
  });

  test.each([1, 2, 3])('goes on after a snapshot as if nothing had happened (seed %i)', (seed) => {
    const random = new Random(seed);
    const stream = randomStream(random, { fromMs: TEN, count: 600, meanGapMs: 8_000 });
    const uninterrupted = folded(stream, { every: 20 });
    const restarted = folded(stream, { every: 20, restart: () => random.chance(0.3) });
    expect(restarted.rows.lines()).toEqual(uninterrupted.rows.lines());
    expect(linesOf(restarted.chunks)).toEqual(linesOf(uninterrupted.chunks));
    expect(restarted.restarts).toBeGreaterThan(3);
  });

  test.each([
    [1, 'Europe/Berlin', '2026-03-28T20:00:00Z', 120_000],
    [2, 'America/New_York', '2026-10-31T20:00:00Z', 120_000],
    [3, 'Asia/Kathmandu', '2026-11-23T10:00:00Z', 120_000],
    [4, 'Australia/Lord_Howe', '2026-04-04T10:00:00Z', 120_000],
    [5, 'Europe/Berlin', '2026-11-23T22:55:00Z', 500],
  ])('agrees with a naive recount (seed %i, %s)', (...[seed, timeZone, from, meanGapMs]) => {
    const fromMs = Date.parse(from);
    const options = { fromMs, count: 800, meanGapMs };
    const stream = randomStream(new Random(seed), options);
    const { rows } = folded(stream, { every: 100, timeZone });
    const days = new DayCalendar(timeZone);
    const expected = recount(stream, (ms) => days.dayOf(ms));
    expect(linesOf(Object.entries(merged(rows)))).toEqual(
      linesOf(Object.entries(comparable(expected))),
    );
  });
});

function linesOf(entries: Iterable<readonly [string, unknown]>): string[] {
  return [...entries].map(([name, value]) => `${name} ${shown(value)}`).toSorted();
}

interface FoldedOptions {
  /** Records between two flushes. */
  readonly every: number;
  readonly timeZone?: string;
  /** Whether the fold is opened anew from its chunks after a flush. */
  readonly restart?: () => boolean;
}

function folded(
  stream: readonly Logged[],
  options: FoldedOptions,
): { rows: StoredRows; chunks: Map<string, Uint8Array>; restarts: number } {
  const rows = new StoredRows();
  const all = new Map<string, Uint8Array>();
  let restarts = 0;
  for (const source of SOURCES) {
    const definition = metricsFold({ timeZone: options.timeZone ?? 'Europe/Berlin' });
    const chunks = new Map<string, Uint8Array>();
    let fold = definition.open(source, chunks);
    const flush = (): void => {
      rows.write(fold.changedRows());
    };
    const snapshot = (): void => {
      for (const [name, bytes] of fold.changedChunks()) {
        if (bytes === undefined) chunks.delete(name);
        else chunks.set(name, Uint8Array.from(bytes));
      }
    };
    inputsOf(source, stream).forEach((input, index) => {
      fold.apply(input);
      if (index % options.every !== options.every - 1) return;
      flush();
      if (options.restart?.() !== true) return;
      snapshot();
      fold = definition.open(source, chunks);
      restarts += 1;
    });
    flush();
    snapshot();
    for (const [name, bytes] of chunks)
      all.set(`${source.topic}/${source.partition}/${name}`, bytes);
  }
  return { rows, chunks: all, restarts };
}

/** Logical rows from the stored shares, merged by what their columns declare. */
function merged(rows: StoredRows): Record<string, unknown> {
  const all: Record<string, Record<string, unknown>> = {};
  const distinct = new Map<string, DistinctUnion>();
  const tops = new Map<string, TopUnion>();
  for (const { table, key, cells } of rows) {
    const [, kind, resolution] = table.split('_');
    const [dimension, , start, value, name] = key;
    const id = `${resolution} ${dimension} ${start} ${value}`;
    const target = (all[id] ??= {});
    for (const [column, cell] of Object.entries(cells)) {
      if (cell instanceof Uint8Array) {
        const sketches: Map<string, { add(bytes: Uint8Array): void }> =
          kind === 'tops' ? tops : distinct;
        const sketch =
          sketches.get(`${id}|${name}`) ?? (kind === 'tops' ? new TopUnion() : new DistinctUnion());
        sketches.set(`${id}|${name}`, sketch);
        sketch.add(cell);
        continue;
      }
      const slot = kind === 'amounts' ? `${name} ${column}` : column;
      const old = target[slot];
      if (typeof cell === 'bigint') target[slot] = cell + (typeof old === 'bigint' ? old : 0n);
      else if (typeof cell === 'number') target[slot] = cell + (typeof old === 'number' ? old : 0);
    }
  }
  for (const [id, sketch] of distinct)
    put(all, id, (target, name) => (target[name] = sketch.count()));
  for (const [id, top] of tops) {
    put(all, id, (target, name) => {
      target[name] = Object.fromEntries(
        top.ranked(1_000).map((entry) => [entry.value, entry.count]),
      );
    });
  }
  return Object.fromEntries(Object.entries(all).map(([id, target]) => [id, withoutZeros(target)]));
}

function withoutZeros(target: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(target).filter(([, v]) => v !== 0 && v !== 0n));
}

function put(
  all: Record<string, Record<string, unknown>>,
  id: string,
  set: (target: Record<string, unknown>, name: string) => void,
): void {
  const [row = '', name = ''] = id.split('|');
  set((all[row] ??= {}), name);
}

const COLUMN_OF: Readonly<Record<string, string>> = {
  'events_user-activity': 'activity_events',
  events_transactions: 'transaction_events',
  'late_user-activity': 'late_activity_events',
  late_transactions: 'late_transaction_events',
};

function comparable(expected: ReadonlyMap<string, Recount>): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [id, recounted] of expected) {
    const target: Record<string, unknown> = { ...recounted.tops };
    for (const [name, count] of Object.entries(recounted.counts))
      target[COLUMN_OF[name] ?? name] = count;
    for (const [currency, nanos] of Object.entries(recounted.revenue)) {
      if (nanos !== 0n) target[`${currency} revenue_nanos`] = nanos;
    }
    for (const [currency, nanos] of Object.entries(recounted.refunded)) {
      if (nanos !== 0n) target[`${currency} refunded_nanos`] = nanos;
    }
    for (const [currency, count] of Object.entries(recounted.orders))
      target[`${currency} orders`] = count;
    for (const [name, ids] of Object.entries(recounted.distinct)) target[name] = ids.size;
    all[id] = target;
  }
  return all;
}
