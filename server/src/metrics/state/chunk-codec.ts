import { ByteReader, ByteWriter } from '../bytes.js';
import { COUNT_COLUMNS, CURRENCIES_MAX, SKETCHES, TOPS } from '../columns.js';
import { type DimensionName, VALUES_PER_WINDOW_MAX } from '../dimensions.js';
import { RESOLUTIONS } from '../resolutions.js';
import { DistinctCount } from '../sketches/distinct-count.js';
import { TopCounter } from '../sketches/top-counter.js';
import type { ShareRow } from './share-row.js';
import { TopShare, WindowShare } from './window-share.js';

const VERSION = 1;
const DIMENSIONS: readonly DimensionName[] = ['shop', 'country', 'device', 'channel', 'category'];
const ROWS_MAX = 1 + 4 * (VALUES_PER_WINDOW_MAX + 1);

/** Name of the chunk that holds the append time up to which the state was folded. */
export const CLOCK_CHUNK = 'clock';

/** Writes the clock chunk. */
export function encodeClock(newestAppendMs: number): Uint8Array {
  const writer = new ByteWriter(16);
  writer.varint(newestAppendMs);
  return writer.finish();
}

/** Reads what `encodeClock` wrote. Throws RangeError for other bytes. */
export function decodeClock(bytes: Uint8Array): number {
  return new ByteReader(bytes).varint();
}

/** Writes a window with everything that goes on counting. What waits for a flush is not in it: flushes come first. */
export function encodeWindow(window: WindowShare): Uint8Array {
  const writer = new ByteWriter(4_096);
  const rows = [...window.rows()];
  writer.byte(VERSION);
  writer.byte(RESOLUTIONS.indexOf(window.rule));
  writer.varint(window.startMs);
  writer.varint(window.endMs);
  writer.varint(rows.length);
  for (const row of rows) writeRow(writer, row);
  for (const top of window.tops) {
    writer.byte(top === undefined ? 0 : 1);
    if (top !== undefined) writer.block(top.counter.encode());
  }
  return writer.finish();
}

/** Reads what `encodeWindow` wrote. Throws RangeError for other bytes. */
export function decodeWindow(bytes: Uint8Array): WindowShare {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== VERSION) throw new RangeError(`a chunk has version ${version}, not ${VERSION}`);
  const rule = RESOLUTIONS[reader.byte()];
  if (rule === undefined) throw new RangeError('a chunk names a resolution that is not known');
  const startMs = reader.varint();
  const window = new WindowShare(rule, { startMs, endMs: reader.varint() });
  for (let left = reader.count(ROWS_MAX); left > 0; left--) readRow(reader, window);
  for (let index = 0; index < TOPS.length; index++) {
    if (reader.byte() === 0) continue;
    window.tops[index] = new TopShare(TopCounter.decode(reader.block()));
  }
  return window;
}

function writeRow(writer: ByteWriter, row: ShareRow): void {
  writer.byte(DIMENSIONS.indexOf(row.dimension));
  writer.text(row.value);
  for (const count of row.counts) writer.varint(count);
  for (const sketch of row.distinct) {
    writer.byte(sketch === undefined ? 0 : 1);
    if (sketch !== undefined) writer.block(sketch.encode());
  }
  writer.varint(row.amounts.size);
  for (const [currency, amount] of row.amounts) {
    writer.text(currency);
    writer.bigint(amount.revenueNanos);
    writer.bigint(amount.refundedNanos);
    writer.varint(amount.orders);
  }
}

function readRow(reader: ByteReader, window: WindowShare): void {
  const dimension = DIMENSIONS[reader.byte()];
  if (dimension === undefined) throw new RangeError('a chunk names a dimension that is not known');
  const value = reader.text();
  const row = dimension === 'shop' ? window.shop : window.row(dimension, value);
  for (let index = 0; index < COUNT_COLUMNS.length; index++) row.counts[index] = reader.varint();
  for (let index = 0; index < SKETCHES.length; index++) {
    if (reader.byte() !== 0) row.distinct[index] = DistinctCount.decode(reader.block());
  }
  for (let left = reader.count(CURRENCIES_MAX + 1); left > 0; left--) {
    row.amounts.set(reader.text(), {
      revenueNanos: reader.bigint(),
      refundedNanos: reader.bigint(),
      orders: reader.varint(),
      changedAt: 0,
    });
  }
}
