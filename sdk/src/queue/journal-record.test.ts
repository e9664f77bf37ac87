import { describe, expect, test } from 'vitest';
import { encodeRecord, scanRecords, type JournalRecord } from './journal-record.js';

const event = (index: number): JournalRecord => ({
  type: 'event',
  batchNumber: 2 ** 40 + 3,
  index,
  // Holds the magic, so that a search for the next record meets false starts.
  bytes: Buffer.from([index, 0xb5, 0xeb, 2, 1, 0, 0, 0, 9, 9, 9, 9, 7]),
});
const RECORDS: readonly JournalRecord[] = [
  { type: 'head', instance: 'abc', settledNumber: 7, newestNumber: 2 ** 47 },
  event(0),
  event(1),
  { type: 'settled', settledNumber: 2 ** 40 },
  event(2),
];
const ENCODED = RECORDS.map(encodeRecord);
const FILE = Buffer.concat(ENCODED);
const ENDS = ENCODED.map((_one, at) => Buffer.concat(ENCODED.slice(0, at + 1)).length);

function scan(bytes: Buffer) {
  const records: JournalRecord[] = [];
  const report = scanRecords(bytes, ({ record, start, end }) => {
    expect(bytes.subarray(start, end)).toEqual(encodeRecord(record));
    records.push(record);
  });
  return { ...report, records };
}

describe('journal records', () => {
  test('come back as they were written', () => {
    expect(scan(FILE)).toEqual({ records: RECORDS, soundBytes: FILE.length, corruptRegions: 0 });
    expect(scan(Buffer.alloc(0))).toEqual({ records: [], soundBytes: 0, corruptRegions: 0 });
  });

  test('cut at any byte give the whole records before the cut and no damage', () => {
    for (let bytes = 0; bytes < FILE.length; bytes += 1) {
      const whole = ENDS.filter((end) => end <= bytes);
      expect(scan(FILE.subarray(0, bytes))).toEqual({
        records: RECORDS.slice(0, whole.length),
        soundBytes: whole.at(-1) ?? 0,
        corruptRegions: 0,
      });
    }
  });

  test('with any one bit flipped lose that record only, and the damage is counted', () => {
    for (let bit = 0; bit < FILE.length * 8; bit += 1) {
      const bytes = Buffer.from(FILE);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const hit = ENDS.findIndex((end) => bit >> 3 < end);
      const last = hit === RECORDS.length - 1;
      expect(scan(bytes), `bit ${bit}`).toEqual({
        records: RECORDS.filter((_one, at) => at !== hit),
        soundBytes: last ? ENDS[hit - 1] : FILE.length,
        corruptRegions: last ? 0 : 1,
      });
    }
  });
});
