import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { framedSize } from '../publish/frame.js';
import type { QueueReceipt } from '../publish/receipt.js';
import type { Batch } from './batch.js';
import { scanRecords, type FoundRecord } from './journal-record.js';
import { listSegments, segmentPath } from './segment-files.js';

/** Where a batch lies on disk. A batch never spans segments. */
export interface Place {
  readonly segment: number;
  readonly start: number;
  end: number;
  /** Set while (and after) the events were on disk only: who waits for each, by its place in the batch. */
  receipts: readonly (QueueReceipt | undefined)[] | undefined;
}

/** What an earlier process left. */
export interface Recovery {
  /** Under which its batch numbers counted; undefined when there was none. */
  readonly instance: string | undefined;
  /** Batches that are not settled, oldest first, without their events. */
  readonly batches: readonly { readonly batch: Batch; readonly place: Place }[];
  readonly settledNumber: number;
  readonly newestNumber: number;
  /** Segments found, oldest first. */
  readonly segments: readonly number[];
  readonly tornBytes: number;
  readonly corruptRegions: number;
}

interface Found {
  readonly batch: Batch;
  readonly place: Place;
}

/**
 * Reads a queue's folder, one segment in memory at a time. An unfinished record at the end of the newest segment is what
 * a crash left of a write that nobody was told of: it is cut off. Damage anywhere else is skipped and counted.
 */
export function recoverFolder(folder: string, nowMs: number): Recovery {
  const segments = listSegments(folder);
  const found = new Map<number, Found>();
  const state = { instance: undefined as string | undefined, settled: 0, newest: 0 };
  let tornBytes = 0;
  let corruptRegions = 0;

  for (const segment of segments) {
    const bytes = readFileSync(segmentPath(folder, segment));
    const report = scanRecords(bytes, (one) => {
      take(one, { segment, found, state, nowMs });
    });
    corruptRegions += report.corruptRegions;
    const restBytes = bytes.length - report.soundBytes;
    if (restBytes === 0) continue;
    if (segment === segments.at(-1)) tornBytes = restBytes;
    else corruptRegions += 1;
    truncate(segmentPath(folder, segment), report.soundBytes);
  }
  const batches = [...found.values()]
    .filter(({ batch }) => batch.number > state.settled)
    .sort((a, b) => a.batch.number - b.batch.number);
  return {
    instance: state.instance,
    batches,
    settledNumber: state.settled,
    newestNumber: state.newest,
    segments,
    tornBytes,
    corruptRegions,
  };
}

interface Taking {
  readonly segment: number;
  readonly found: Map<number, Found>;
  readonly state: { instance: string | undefined; settled: number; newest: number };
  readonly nowMs: number;
}

function take({ record, start, end }: FoundRecord, { segment, found, state, nowMs }: Taking): void {
  switch (record.type) {
    case 'head':
      state.instance = record.instance;
      state.settled = Math.max(state.settled, record.settledNumber);
      state.newest = Math.max(state.newest, record.newestNumber);
      return;
    case 'settled':
      state.settled = Math.max(state.settled, record.settledNumber);
      return;
    case 'event': {
      const number = record.batchNumber;
      state.newest = Math.max(state.newest, number);
      const known = found.get(number);
      const { batch, place } = known ?? {
        batch: { number, events: undefined, count: 0, size: 0, sinceMs: nowMs, sent: false },
        place: { segment, start, end, receipts: [] },
      };
      if (known === undefined) found.set(number, { batch, place });
      batch.count += 1;
      batch.size += framedSize(record.bytes.length);
      place.end = end;
    }
  }
}

function truncate(path: string, bytes: number): void {
  const handle = openSync(path, 'r+');
  try {
    ftruncateSync(handle, bytes);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
