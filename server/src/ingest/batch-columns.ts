import type { IdColumns } from './id-table.js';
import { NONE_REJECTED, type BatchResults } from './verdict.js';

/** Bytes that a batch's columns take per event. */
const EVENT_BYTES = 36;

/** The columns of a batch. */
export interface BatchColumns {
  readonly ids: IdColumns;
  readonly results: BatchResults;
}

/** Makes the columns of a batch on one buffer: one allocation instead of eight. */
export function openColumns(count: number): BatchColumns {
  const buffer = new ArrayBuffer(count * EVENT_BYTES);
  return {
    results: {
      count,
      offset: new Float64Array(buffer, 0, count),
      status: new Uint8Array(buffer, 32 * count, count),
      topic: new Uint8Array(buffer, 33 * count, count),
      partition: new Uint8Array(buffer, 34 * count, count),
      rejected: NONE_REJECTED,
    },
    ids: {
      words: new Uint32Array(buffer, 8 * count, 4 * count),
      tags: new Int32Array(buffer, 24 * count, count),
      hints: new Uint32Array(buffer, 28 * count, count),
      shards: new Uint8Array(buffer, 35 * count, count),
    },
  };
}
