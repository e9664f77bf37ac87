import { ByteReader, ByteWriter } from '../bytes.js';
import { REGISTERS } from './registers.js';

/** What a distinct count holds: the entries themselves while they are few, registers beyond. */
export type DistinctContent =
  | { readonly kind: 'entries'; readonly entries: ArrayLike<number> }
  | { readonly kind: 'registers'; readonly registers: Uint8Array };

const ENTRIES = 1;
const DENSE = 2;
const NIBBLE_MAX = 15;

/**
 * Writes the content canonically: the same content gives the same bytes. Entries ascend as unsigned numbers, each as
 * the distance from the one before (1 to 5 bytes); registers take 4 bits above the smallest register, those that do
 * not fit stand behind (about 1,030 bytes).
 */
export function encodeDistinct(content: DistinctContent): Uint8Array {
  const writer = new ByteWriter(
    content.kind === 'entries' ? content.entries.length * 5 + 8 : 1_200,
  );
  if (content.kind === 'entries') writeEntries(writer, content.entries);
  else writeRegisters(writer, content.registers);
  return writer.finish();
}

/** Reads what `encodeDistinct` wrote. Throws RangeError when the bytes are not that. */
export function decodeDistinct(bytes: Uint8Array): DistinctContent {
  const reader = new ByteReader(bytes);
  const form = reader.byte();
  if (form === ENTRIES) return { kind: 'entries', entries: readEntries(reader) };
  if (form === DENSE) return { kind: 'registers', registers: readRegisters(reader) };
  throw new RangeError(`a distinct count has form ${form}: 1 and 2 are known`);
}

function writeEntries(writer: ByteWriter, entries: ArrayLike<number>): void {
  const ascending = Uint32Array.from(entries).sort();
  writer.byte(ENTRIES);
  writer.varint(ascending.length);
  let previous = 0;
  for (const entry of ascending) {
    writer.varint(entry - previous);
    previous = entry;
  }
}

function readEntries(reader: ByteReader): Int32Array {
  const entries = new Int32Array(reader.count(REGISTERS));
  let entry = 0;
  for (let i = 0; i < entries.length; i++) {
    entry += reader.varint();
    entries[i] = entry;
  }
  return entries;
}

function writeRegisters(writer: ByteWriter, registers: Uint8Array): void {
  let base = 255;
  for (let i = 0; i < REGISTERS; i++) {
    const rank = registers[i] ?? 0;
    if (rank < base) base = rank;
  }
  const exceptions: number[] = [];
  writer.byte(DENSE);
  writer.byte(base);
  const pairs = writer.space(REGISTERS / 2);
  for (let i = 0; i < REGISTERS; i += 2) {
    let first = (registers[i] ?? 0) - base;
    let second = (registers[i + 1] ?? 0) - base;
    if (first >= NIBBLE_MAX) {
      exceptions.push(i);
      first = NIBBLE_MAX;
    }
    if (second >= NIBBLE_MAX) {
      exceptions.push(i + 1);
      second = NIBBLE_MAX;
    }
    pairs[i >> 1] = first | (second << 4);
  }
  writer.varint(exceptions.length);
  for (const index of exceptions) {
    writer.varint(index);
    writer.byte(registers[index] ?? 0);
  }
}

function readRegisters(reader: ByteReader): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  const base = reader.byte();
  for (let i = 0; i < REGISTERS; i += 2) {
    const pair = reader.byte();
    registers[i] = base + (pair & NIBBLE_MAX);
    registers[i + 1] = base + (pair >> 4);
  }
  for (let left = reader.count(REGISTERS); left > 0; left--) {
    const index = reader.varint();
    if (index >= REGISTERS) throw new RangeError(`a distinct count names register ${index}`);
    registers[index] = reader.byte();
  }
  return registers;
}
