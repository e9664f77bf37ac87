import { PortError } from '../../ports/errors.js';
import type { Cell, Cells } from '../../ports/table-store.js';
import { reserve, type ByteWriter } from './bytes.js';
import { putCell, skipCell, takeCell } from './cell-codec.js';
import type { TableSchema } from './table-schema.js';

/*
 * A row, the value of one key:
 *   u8 format (0x10) | MIXED | DELETED, f64 newest write time, u8 bytes of the bitmap, bitmap of the columns it has,
 *   f64 delete time if DELETED, f64 write time per cell if MIXED (else all have the newest), the cells by number.
 * A row without cells is a tombstone: it keeps older writes from bringing cells back.
 */
const FORMAT = 0x10;
const MIXED = 1;
const DELETED = 2;
const NEWEST_AT = 1;
const BITMAP_SIZE_AT = 9;
const BITMAP_AT = 10;

/** Write times are microseconds, whole, at most this. */
const WRITE_TIME_MAX = Number.MAX_SAFE_INTEGER;

export function assertWriteTime(writeTime: number, table: string): void {
  if (Number.isInteger(writeTime) && writeTime >= 0 && writeTime <= WRITE_TIME_MAX) return;
  throw new PortError(
    'OutOfRange',
    `write time ${writeTime} in ${table}: use whole microseconds from 0 to ${WRITE_TIME_MAX}`,
  );
}

/** Appends a row whose cells share one write time. Throws OutOfRange for cells that do not fit. */
export function putRow(
  writer: ByteWriter,
  schema: TableSchema,
  { cells, writeTime }: { readonly cells: Cells; readonly writeTime: number },
): void {
  assertWriteTime(writeTime, schema.name);
  const { columns, bitmapBytes } = schema;
  const bitmapAt = putHeader(writer, { flags: 0, newest: writeTime, bitmapBytes });
  let found = 0;
  for (let id = 0; id < columns.length; id++) {
    const column = columns[id];
    if (column === undefined) continue;
    const value = cells[column.property];
    if (value === undefined || !column.declared) continue;
    mark(writer.buffer, bitmapAt, id);
    putCell(writer, value, column);
    found += 1;
  }
  assertAllTaken(schema, cells, found);
}

function assertAllTaken(schema: TableSchema, cells: Cells, found: number): void {
  let given = 0;
  for (const name in cells) if (cells[name] !== undefined) given += 1;
  if (given === found && found > 0) return;
  const known = new Set(schema.columns.filter((one) => one.declared).map((one) => one.property));
  const unknown = Object.keys(cells).find((name) => !known.has(name));
  throw new PortError(
    'OutOfRange',
    unknown === undefined
      ? `a write to ${schema.name} names no cell: give at least one`
      : `${schema.name} has no column ${unknown}: declare it`,
  );
}

/** Appends a tombstone. */
export function putTombstone(writer: ByteWriter, deleteTime: number): void {
  putHeader(writer, { flags: DELETED, newest: 0, bitmapBytes: 0 });
  reserve(writer, 8);
  writer.length = writer.buffer.writeDoubleBE(deleteTime, writer.length);
}

interface Header {
  readonly flags: number;
  readonly newest: number;
  readonly bitmapBytes: number;
}

function putHeader(writer: ByteWriter, { flags, newest, bitmapBytes }: Header): number {
  reserve(writer, BITMAP_AT + bitmapBytes);
  const { buffer, length } = writer;
  buffer[length] = FORMAT | flags;
  buffer.writeDoubleBE(newest, length + NEWEST_AT);
  buffer[length + BITMAP_SIZE_AT] = bitmapBytes;
  const bitmapAt = length + BITMAP_AT;
  buffer.fill(0, bitmapAt, bitmapAt + bitmapBytes);
  writer.length = bitmapAt + bitmapBytes;
  return bitmapAt;
}

function mark(buffer: Buffer, bitmapAt: number, id: number): void {
  const at = bitmapAt + (id >> 3);
  buffer[at] = (buffer[at] ?? 0) | (1 << (id & 7));
}

/**
 * Whether `next` replaces `stored` as it is: one write time on both sides, newer, and no column is lost.
 * This is the common case of a flush and spares the merge. Both begin at index 0 of their buffers.
 */
export function replaces(stored: Buffer, next: Buffer): boolean {
  if (stored[0] !== FORMAT || next[0] !== FORMAT) return false;
  if (stored.readDoubleBE(NEWEST_AT) >= next.readDoubleBE(NEWEST_AT)) return false;
  const size = stored[BITMAP_SIZE_AT] ?? 0;
  if (size > (next[BITMAP_SIZE_AT] ?? 0)) return false;
  for (let at = BITMAP_AT; at < BITMAP_AT + size; at++) {
    if (((stored[at] ?? 0) & ~(next[at] ?? 0)) !== 0) return false;
  }
  return true;
}

/** One cell of an opened row: its write time and its bytes. */
export interface StoredCell {
  readonly time: number;
  readonly start: number;
  readonly end: number;
}

/** A row with its cells located but not decoded. */
export interface OpenedRow {
  readonly bytes: Buffer;
  /** Write time of the delete, undefined when the row was never deleted. */
  readonly deleteTime: number | undefined;
  /** By column number. */
  readonly cells: readonly (StoredCell | undefined)[];
}

export function openRow(bytes: Buffer, schema: TableSchema): OpenedRow {
  const flags = bytes[0] ?? 0;
  const newest = bytes.readDoubleBE(NEWEST_AT);
  let at = BITMAP_AT + (bytes[BITMAP_SIZE_AT] ?? 0);
  const deleteTime = (flags & DELETED) === 0 ? undefined : bytes.readDoubleBE(at);
  if (deleteTime !== undefined) at += 8;
  const ids = columnIds(bytes);
  const timesAt = at;
  if ((flags & MIXED) !== 0) at += ids.length * 8;
  const cursor = { bytes, at };
  const cells: (StoredCell | undefined)[] = [];
  ids.forEach((id, index) => {
    const time = (flags & MIXED) === 0 ? newest : bytes.readDoubleBE(timesAt + index * 8);
    const start = cursor.at;
    skipCell(cursor, typeOf(schema, id));
    cells[id] = { time, start, end: cursor.at };
  });
  return { bytes, deleteTime, cells };
}

function columnIds(bytes: Buffer): number[] {
  const ids: number[] = [];
  const size = bytes[BITMAP_SIZE_AT] ?? 0;
  for (let id = 0; id < size * 8; id++) {
    if (((bytes[BITMAP_AT + (id >> 3)] ?? 0) & (1 << (id & 7))) !== 0) ids.push(id);
  }
  return ids;
}

function typeOf(schema: TableSchema, id: number): TableSchema['columns'][number]['type'] {
  const column = schema.columns[id];
  if (column !== undefined) return column.type;
  throw new PortError('Unavailable', `${schema.name} holds column ${id}, which it never declared`);
}

/** A cell to write: where its bytes are now, and its write time. */
export interface MergedCell {
  readonly time: number;
  readonly bytes: Buffer;
}

/** Appends a row of cells that may have different write times. */
export function putMergedRow(
  writer: ByteWriter,
  schema: TableSchema,
  row: {
    readonly deleteTime: number | undefined;
    readonly cells: readonly (MergedCell | undefined)[];
  },
): void {
  const times = row.cells.flatMap((cell) => (cell === undefined ? [] : [cell.time]));
  const newest = times.reduce((most, time) => Math.max(most, time), 0);
  const mixed = times.some((time) => time !== newest);
  const flags = (mixed ? MIXED : 0) | (row.deleteTime === undefined ? 0 : DELETED);
  const bitmapBytes = times.length === 0 ? 0 : schema.bitmapBytes;
  const bitmapAt = putHeader(writer, { flags, newest, bitmapBytes });
  reserve(writer, 8 + times.length * 8);
  if (row.deleteTime !== undefined) {
    writer.length = writer.buffer.writeDoubleBE(row.deleteTime, writer.length);
  }
  if (mixed) {
    for (const time of times) writer.length = writer.buffer.writeDoubleBE(time, writer.length);
  }
  row.cells.forEach((cell, id) => {
    if (cell === undefined) return;
    mark(writer.buffer, bitmapAt, id);
    reserve(writer, cell.bytes.length);
    writer.buffer.set(cell.bytes, writer.length);
    writer.length += cell.bytes.length;
  });
}

/** The newest write time and the delete time of a stored row, without its cells. */
export function rowTimes(bytes: Buffer): {
  readonly newest: number;
  readonly deleteTime: number | undefined;
  readonly empty: boolean;
} {
  const size = bytes[BITMAP_SIZE_AT] ?? 0;
  const deleted = ((bytes[0] ?? 0) & DELETED) !== 0;
  const newest = bytes.readDoubleBE(NEWEST_AT);
  return {
    newest,
    deleteTime: deleted ? bytes.readDoubleBE(BITMAP_AT + size) : undefined,
    empty: size === 0,
  };
}

/** The visible cells of a row, undefined when it has none. */
export function takeCells(
  bytes: Buffer,
  schema: TableSchema,
): { readonly cells: Cells; readonly writeTime: number } | undefined {
  const flags = bytes[0] ?? 0;
  const ids = columnIds(bytes);
  if (ids.length === 0) return undefined;
  let at = BITMAP_AT + (bytes[BITMAP_SIZE_AT] ?? 0);
  if ((flags & DELETED) !== 0) at += 8;
  if ((flags & MIXED) !== 0) at += ids.length * 8;
  const cursor = { bytes, at };
  const cells: Record<string, Cell> = {};
  for (const id of ids) {
    const column = schema.columns[id];
    const value = takeCell(cursor, typeOf(schema, id));
    if (column?.declared === true) cells[column.property] = value;
  }
  return { cells, writeTime: bytes.readDoubleBE(NEWEST_AT) };
}
