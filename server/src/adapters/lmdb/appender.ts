import type { Clock } from '../../ports/clock.js';
import { PortError } from '../../ports/errors.js';
import type { NewRecord, RecordHeaders } from '../../ports/event-log.js';
import { createByteWriter, type ByteWriter } from './bytes.js';
import type { CommitWork } from './committer.js';
import type { LmdbEnvironment } from './environment.js';
import type { LogStorage } from './log-storage.js';
import { encodeBatch, headerBytes, stampBatch, type EncodedBatch } from './record-batch.js';

/** Bounds of one append; see the port. */
export const APPEND_RECORDS_MAX = 10_000;
export const RECORD_BYTES_MAX = 1024 * 1024;
export const KEY_BYTES_MAX = 1_024;

/** What one group commit takes at most, so that its duration stays bounded. */
const COMMIT_RECORDS_MAX = 50_000;
const COMMIT_BYTES_MAX = 16 * 1024 * 1024;

/** A refused caller is asked to wait about as long as a few commits take. */
const THROTTLED_RETRY_MS = 50;

export interface AppenderOptions {
  readonly environment: LmdbEnvironment;
  readonly storage: LogStorage;
  readonly clock: Clock;
  readonly partitions: number;
  /** Most records and bytes that may wait for a commit. */
  readonly waitingRecordsMax: number;
  readonly waitingBytesMax: number;
}

export type Append = (topic: number, records: readonly NewRecord[]) => Promise<readonly number[]>;

interface Waiting {
  readonly topic: number;
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (offsets: readonly number[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Lets appends wait in a bounded queue and gives them to the committer, many at a time. */
export function createAppender(options: AppenderOptions): Append {
  const { environment, waitingRecordsMax, waitingBytesMax } = options;
  const scratch = createByteWriter(1024 * 1024);
  let queue: Waiting[] = [];
  let waitingRecords = 0;
  let waitingBytes = 0;

  function take(): CommitWork | undefined {
    const taken: Waiting[] = [];
    let records = 0;
    let bytes = 0;
    for (const waiting of queue) {
      if (records > 0 && records + waiting.records.length > COMMIT_RECORDS_MAX) break;
      if (records > 0 && bytes + waiting.bytes > COMMIT_BYTES_MAX) break;
      taken.push(waiting);
      records += waiting.records.length;
      bytes += waiting.bytes;
    }
    if (taken.length === 0) return undefined;
    queue = queue.slice(taken.length);
    if (queue.length > 0) environment.submit(take);
    return groupAppend(taken, scratch, {
      ...options,
      settled: () => {
        waitingRecords -= records;
        waitingBytes -= bytes;
      },
    });
  }

  return (topic, records) =>
    new Promise((resolve, reject) => {
      environment.assertUsable();
      const bytes = checkedBytes(records, options.partitions);
      if (bytes > waitingBytesMax || records.length > APPEND_RECORDS_MAX) {
        throw new PortError(
          'OutOfRange',
          `append of ${records.length} records with ${bytes} bytes: ` +
            `append at most ${APPEND_RECORDS_MAX} records and ${waitingBytesMax} bytes at once`,
        );
      }
      const full =
        waitingRecords + records.length > waitingRecordsMax ||
        waitingBytes + bytes > waitingBytesMax;
      if (full) {
        throw new PortError(
          'Throttled',
          `${waitingRecords} records with ${waitingBytes} bytes wait already: append again later`,
          { retryAfterMs: THROTTLED_RETRY_MS },
        );
      }
      waitingRecords += records.length;
      waitingBytes += bytes;
      queue.push({ topic, records, bytes, resolve, reject });
      environment.submit(take);
    });
}

function checkedBytes(records: readonly NewRecord[], partitions: number): number {
  let total = 0;
  let last: RecordHeaders | undefined;
  let lastBytes = 0;
  for (const { partition, key, value, headers } of records) {
    if (headers !== last) {
      last = headers;
      lastBytes = headerBytes(headers);
    }
    const bytes = key.length + value.length + lastBytes;
    if (!(partition >= 0 && partition < partitions && Number.isInteger(partition))) {
      throw new PortError(
        'OutOfRange',
        `partition ${partition}: use a whole number from 0 to ${partitions - 1}`,
      );
    }
    if (key.length > KEY_BYTES_MAX || bytes > RECORD_BYTES_MAX) {
      throw new PortError(
        'OutOfRange',
        `record with a key of ${key.length} bytes and ${bytes} bytes in all: ` +
          `use at most ${KEY_BYTES_MAX} and ${RECORD_BYTES_MAX}`,
      );
    }
    total += bytes;
  }
  return total;
}

/** The records of one partition that one commit takes; `base` is known inside the transaction. */
interface Share {
  readonly topic: number;
  readonly partition: number;
  readonly records: NewRecord[];
  batches: readonly EncodedBatch[];
  base: number;
}

interface GroupOptions extends AppenderOptions {
  readonly settled: () => void;
}

function groupAppend(
  taken: readonly Waiting[],
  scratch: ByteWriter,
  options: GroupOptions,
): CommitWork {
  const shares = new Map<number, Share>();
  const places = taken.map((waiting) => shareOut(waiting, shares));
  scratch.length = 0;
  for (const share of shares.values()) share.batches = encodeShare(scratch, share.records);

  return {
    frees: false,
    apply() {
      const nowMs = options.clock.nowMs();
      for (const share of shares.values()) applyShare(share, scratch, { ...options, nowMs });
    },
    done() {
      options.settled();
      taken.forEach((waiting, index) => {
        waiting.resolve(offsetsOf(waiting, places[index] ?? [], shares));
      });
    },
    failed(error) {
      options.settled();
      for (const waiting of taken) waiting.reject(error);
    },
  };
}

function shareId(topic: number, partition: number): number {
  return topic * 256 + partition;
}

/** Adds the records of an append to the shares of their partitions; returns the place of each within its share. */
function shareOut({ topic, records }: Waiting, shares: Map<number, Share>): number[] {
  const places: number[] = [];
  let share: Share | undefined;
  for (const record of records) {
    const { partition } = record;
    if (share?.partition !== partition) {
      const id = shareId(topic, partition);
      share = shares.get(id);
      if (share === undefined) {
        share = { topic, partition, records: [], batches: [], base: 0 };
        shares.set(id, share);
      }
    }
    places.push(share.records.push(record) - 1);
  }
  return places;
}

/** Turns the places of an append into offsets, in place. */
function offsetsOf(
  { topic, records }: Waiting,
  places: number[],
  shares: ReadonlyMap<number, Share>,
): readonly number[] {
  const bases: number[] = [];
  for (let index = 0; index < places.length; index++) {
    const partition = records[index]?.partition ?? 0;
    bases[partition] ??= shares.get(shareId(topic, partition))?.base ?? 0;
    places[index] = (places[index] ?? 0) + (bases[partition] ?? 0);
  }
  return places;
}

function encodeShare(scratch: ByteWriter, records: readonly NewRecord[]): EncodedBatch[] {
  const batches: EncodedBatch[] = [];
  for (let from = 0; from < records.length;) {
    const batch = encodeBatch(scratch, records, from);
    batches.push(batch);
    from += batch.records;
  }
  return batches;
}

function applyShare(
  share: Share,
  scratch: ByteWriter,
  { storage, nowMs }: { readonly storage: LogStorage; readonly nowMs: number },
): void {
  const { topic, partition } = share;
  const state = storage.state(topic, partition);
  const appendMs = Math.max(nowMs, state.lastAppendMs);
  share.base = state.end;
  let end = state.end;
  let { bytes } = state;
  for (const batch of share.batches) {
    stampBatch(scratch.buffer, batch, appendMs);
    storage.putBatch(
      { topic, partition, first: end },
      scratch.buffer.subarray(batch.start, batch.end),
    );
    end += batch.records;
    bytes += batch.end - batch.start;
  }
  storage.putState(topic, partition, { start: state.start, end, lastAppendMs: appendMs, bytes });
}
