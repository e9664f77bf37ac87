import { ByteSink, ByteSource } from './bytes.js';
import { ENTITY_KINDS, MARKS, SETS, TALLIES } from './declaration.js';
import { CURRENCIES_MAX, type CurrencyAmounts, Entity, STREAK_MAX } from './entity.js';
import { kindNumber, MEAN_WINDOW } from './layout.js';
import { DISTINCT_MAX, RecentSet } from './recent-set.js';
import { WindowSeries } from './window-series.js';
import { type WindowRule, WINDOWS } from './windows.js';

const VERSION = 1;
const RULES: readonly WindowRule[] = Object.values(WINDOWS);
const SERIES_MAX = TALLIES.length * RULES.length;

/**
 * Writes an entity. Counters are written with their tally and window, so that bytes of a version with other features
 * can be read: what is declared no more is skipped, what is new starts empty.
 */
export function encodeEntity(sink: ByteSink, entity: Entity): void {
  sink.number(VERSION);
  sink.number(kindNumber(entity.kind));
  sink.number(entity.marks.length);
  for (const mark of entity.marks) sink.number(mark);
  writeSeriesList(sink, entity);
  writeSets(sink, entity.sets);
  writeNumbers(sink, entity.declines);
  sink.number(entity.amounts.size);
  for (const [currency, amounts] of entity.amounts) writeAmounts(sink, currency, amounts);
  sink.number(entity.login === undefined ? 0 : 1);
  if (entity.login !== undefined) {
    sink.number(entity.login.atMs);
    sink.number(entity.login.country);
    sink.number(entity.login.device);
    sink.number(entity.login.ip);
  }
}

/** Reads what `encodeEntity` wrote. Throws RangeError for other bytes. */
export function decodeEntity(source: ByteSource): Entity {
  readVersion(source);
  const kind = ENTITY_KINDS[source.number()];
  if (kind === undefined) throw new RangeError('an entity is of a kind that is not known');
  const entity = new Entity(kind);
  for (let left = source.count(MARKS.length), at = 0; left > 0; left--, at++) {
    entity.marks[at] = source.number();
  }
  readSeriesList(source, entity);
  readSets(source, entity);
  entity.declines.push(...readNumbers(source, STREAK_MAX));
  for (let left = source.count(CURRENCIES_MAX); left > 0; left--) readAmounts(source, entity);
  if (source.number() !== 0) {
    entity.login = {
      atMs: source.number(),
      country: source.number(),
      device: source.number(),
      ip: source.number(),
    };
  }
  return entity;
}

/** The bytes of one entity. */
export function entityBytes(entity: Entity): Uint8Array {
  const sink = new ByteSink();
  encodeEntity(sink, entity);
  return sink.take();
}

/** The entity of one row or share. Throws RangeError for bytes that are none. */
export function entityFromBytes(bytes: Uint8Array): Entity {
  return decodeEntity(new ByteSource(bytes));
}

/** Throws RangeError for bytes that another version of the program wrote. */
export function checkEntityVersion(bytes: Uint8Array): void {
  readVersion(new ByteSource(bytes));
}

function readVersion(source: ByteSource): void {
  const version = source.number();
  if (version === VERSION) return;
  throw new RangeError(`an entity has version ${version}, this program reads ${VERSION}`);
}

/** Writes a set: entries by value, so equal sets have equal bytes. */
export function writeSet(sink: ByteSink, set: RecentSet): void {
  const sorted: [number, number, number][] = [];
  set.each((value, first, last) => sorted.push([value, first, last]));
  sorted.sort((a, b) => a[0] - b[0]);
  sink.number(sorted.length);
  for (const [value, first, last] of sorted) {
    sink.number(value);
    sink.number(last);
    sink.number(last - first);
  }
}

/** Reads what `writeSet` wrote. */
export function readSet(source: ByteSource): RecentSet {
  const entries: number[] = [];
  for (let left = source.count(DISTINCT_MAX); left > 0; left--) {
    const value = source.number();
    const last = source.number();
    entries.push(value, last - source.number(), last);
  }
  return new RecentSet(entries);
}

function writeSeriesList(sink: ByteSink, { series, layout }: Entity): void {
  sink.number(series.reduce((sum, one) => sum + (one === undefined ? 0 : 1), 0));
  series.forEach((one, place) => {
    const declared = layout.series[place];
    if (one === undefined || declared === undefined) return;
    sink.number(TALLIES.indexOf(declared.tally));
    sink.number(RULES.indexOf(declared.rule));
    writeSeries(sink, one);
  });
}

function readSeriesList(source: ByteSource, entity: Entity): void {
  const { layout } = entity;
  for (let left = source.count(SERIES_MAX); left > 0; left--) {
    const tally = TALLIES[source.number()];
    const rule = RULES[source.number()];
    if (rule === undefined) throw new RangeError('a counter names a window that is not known');
    const series = readSeries(source, rule);
    const place = layout.series.findIndex((one) => one.tally === tally && one.rule === rule);
    if (place !== -1) entity.series[place] = series;
  }
}

function writeSeries(sink: ByteSink, { cells }: WindowSeries): void {
  sink.number(cells.length / 2);
  let before = 0;
  for (let at = 0; at < cells.length; at += 2) {
    const bucket = cells[at] ?? 0;
    sink.number(bucket - before);
    sink.number(cells[at + 1] ?? 0);
    before = bucket;
  }
}

function readSeries(source: ByteSource, rule: WindowRule): WindowSeries {
  const cells: number[] = [];
  let bucket = 0;
  for (let left = source.count(WindowSeries.pairsMax(rule)); left > 0; left--) {
    bucket += source.number();
    cells.push(bucket, source.number());
  }
  return new WindowSeries(rule, cells);
}

function writeSets(sink: ByteSink, sets: readonly (RecentSet | undefined)[]): void {
  sink.number(sets.reduce((sum, set) => sum + (set === undefined ? 0 : 1), 0));
  sets.forEach((set, place) => {
    if (set === undefined) return;
    sink.number(place);
    writeSet(sink, set);
  });
}

function readSets(source: ByteSource, entity: Entity): void {
  for (let left = source.count(SETS.length); left > 0; left--) {
    const name = SETS[source.number()];
    if (name === undefined) throw new RangeError('an entity holds a set that is not known');
    const set = readSet(source);
    if (entity.layout.sets.has(name)) entity.sets[SETS.indexOf(name)] = set;
  }
}

function writeNumbers(sink: ByteSink, ascending: readonly number[]): void {
  sink.number(ascending.length);
  let before = 0;
  for (const value of ascending) {
    sink.number(value - before);
    before = value;
  }
}

function readNumbers(source: ByteSource, max: number): number[] {
  const values: number[] = [];
  let value = 0;
  for (let left = source.count(max); left > 0; left--) {
    value += source.number();
    values.push(value);
  }
  return values;
}

function writeAmounts(sink: ByteSink, currency: string, amounts: CurrencyAmounts): void {
  sink.text(currency);
  sink.number(amounts.sums.length);
  for (const sum of amounts.sums) {
    sink.number(RULES.indexOf(sum.rule));
    writeSeries(sink, sum);
  }
  writeSeries(sink, amounts.meanSum);
  writeSeries(sink, amounts.meanCount);
}

function readAmounts(source: ByteSource, entity: Entity): void {
  const currency = source.text();
  const sums: WindowSeries[] = [];
  for (let left = source.count(RULES.length); left > 0; left--) {
    const rule = RULES[source.number()];
    if (rule === undefined) throw new RangeError('an amount names a window that is not known');
    sums.push(readSeries(source, rule));
  }
  const meanSum = readSeries(source, MEAN_WINDOW);
  const meanCount = readSeries(source, MEAN_WINDOW);
  const wanted = entity.layout.amounts;
  if (wanted.length === 0) return;
  entity.amounts.set(currency, {
    sums: wanted.map((rule) => sums.find((sum) => sum.rule === rule) ?? new WindowSeries(rule)),
    meanSum,
    meanCount,
  });
}
