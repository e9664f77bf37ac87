import type { Cell } from '../../ports/table-store.js';
import { createNameCache, type NameCache } from './name-cache.js';
import { skipField, takeEnd, takeText, takeVarint, type WireCursor } from './protobuf-reader.js';
import type { RowChange } from './update-hub.js';

/** Tags of storage.v1: field number << 3 | wire type. */
const TABLE_TAG = 0x0a;
const KEY_TAG = 0x12;
const CELL_TAG = 0x1a;
const WRITE_TIME_TAG = 0x20;
const COLUMN_TAG = 0x0a;
const CELL_VALUE_TAG = 0x12;

/** Reads updates of some tables; of the others it looks at the name only. */
export interface UpdateDecoder {
  /** The change, or undefined when its table is none of these. Bytes in cells are copies. Throws RangeError. */
  decode(value: Uint8Array): RowChange | undefined;
}

/** `tables`: the tables that somebody listens to. */
export function createUpdateDecoder(tables: Iterable<string>): UpdateDecoder {
  const wanted = new Set(tables);
  const names = createNameCache();

  return {
    decode(value) {
      const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
      const cursor: WireCursor = { bytes, at: 0 };
      // The writer puts the table first, as the protobuf canonical order has it.
      if (takeVarint(cursor) !== TABLE_TAG) throw new RangeError('the update names no table first');
      const table = names.take(cursor);
      if (!wanted.has(table)) return undefined;
      const key: (string | number)[] = [];
      const cells: Record<string, Cell> = {};
      let writeTime = 0;
      while (cursor.at < bytes.length) {
        const tag = takeVarint(cursor);
        if (tag === KEY_TAG) key.push(takeKey(cursor));
        else if (tag === CELL_TAG) takeCell(cursor, cells, names);
        else if (tag === WRITE_TIME_TAG) writeTime = takeVarint(cursor);
        else skipField(cursor, tag);
      }
      return { table, key, cells, writeTime };
    },
  };
}

function takeKey(cursor: WireCursor): string | number {
  const value = takeValue(cursor);
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new RangeError('the update has a key that is neither text nor a whole number');
}

function takeCell(cursor: WireCursor, cells: Record<string, Cell>, names: NameCache): void {
  const end = takeEnd(cursor);
  let column = '';
  let value: Cell | undefined;
  while (cursor.at < end) {
    const tag = takeVarint(cursor);
    if (tag === COLUMN_TAG) column = names.take(cursor);
    else if (tag === CELL_VALUE_TAG) value = takeValue(cursor);
    else skipField(cursor, tag);
  }
  if (value !== undefined) cells[column] = value;
}

/** A storage.v1 Value with its length. The set field says the type; of several the last one counts. */
function takeValue(cursor: WireCursor): Cell | undefined {
  const end = takeEnd(cursor);
  let value: Cell | undefined;
  while (cursor.at < end) {
    const tag = takeVarint(cursor);
    value = takeTyped(cursor, tag) ?? value;
  }
  return value;
}

function takeTyped(cursor: WireCursor, tag: number): Cell | undefined {
  const { bytes } = cursor;
  if (tag === 0x10) return takeVarint(cursor);
  if (tag === 0x0a) return takeText(cursor);
  if (tag === 0x1a) return BigInt(takeText(cursor));
  if (tag === 0x28) return takeVarint(cursor) !== 0;
  if (tag === 0x21) {
    const at = cursor.at;
    cursor.at += 8;
    return bytes.readDoubleLE(at);
  }
  if (tag === 0x32) {
    const end = takeEnd(cursor);
    const from = cursor.at;
    cursor.at = end;
    return new Uint8Array(bytes.subarray(from, end));
  }
  skipField(cursor, tag);
  return undefined;
}
