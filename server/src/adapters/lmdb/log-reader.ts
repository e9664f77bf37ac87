import { setImmediate as nextTurn } from 'node:timers/promises';
import { PortError } from '../../ports/errors.js';
import type { LogRecord, ReadOptions } from '../../ports/event-log.js';
import type { LmdbEnvironment } from './environment.js';
import type { LogStorage } from './log-storage.js';
import { openBatch, type BatchReader } from './record-batch.js';

const RECORDS_DEFAULT = 1_000;
const RECORDS_MAX = 10_000;

/** After this many arrays without waiting, the event loop gets a turn, so that catching up starves nobody. */
const ARRAYS_PER_TURN = 8;

export interface ReadTarget {
  readonly environment: LmdbEnvironment;
  readonly storage: LogStorage;
  /** For messages. */
  readonly name: string;
  readonly topic: number;
  readonly partition: number;
}

/** Records of one partition in order; ends without an error when aborted. */
export function readPartition(
  target: ReadTarget,
  options: ReadOptions,
): AsyncIterable<readonly LogRecord[]> {
  const { environment, storage, topic, partition } = target;
  // The end counts as of the call, not as of the first look.
  const end = ((): number | Error => {
    try {
      environment.beginRead();
      return options.follow === true
        ? Number.POSITIVE_INFINITY
        : storage.state(topic, partition).end;
    } catch (error) {
      return error as Error;
    }
  })();
  return generate(target, options, end);
}

async function* generate(
  target: ReadTarget,
  options: ReadOptions,
  end: number | Error,
): AsyncGenerator<readonly LogRecord[]> {
  if (typeof end !== 'number') throw end;
  const { environment } = target;
  const { signal } = options;
  const recordsMax = checkedRecordsMax(options.recordsMax);
  assertInside(target, options.from);
  const walk = createWalk(target, { from: options.from, end });
  let arrays = 0;
  while (signal?.aborted !== true) {
    const seen = environment.notifier.current();
    environment.beginRead();
    const records = walk.take(recordsMax);
    if (records.length > 0) {
      yield records;
      arrays += 1;
      if (arrays % ARRAYS_PER_TURN === 0) await nextTurn();
    } else {
      assertInside(target, walk.next());
      if (walk.next() >= end) return;
      await environment.notifier.changed(seen, signal);
    }
  }
}

function checkedRecordsMax(recordsMax = RECORDS_DEFAULT): number {
  if (Number.isInteger(recordsMax) && recordsMax >= 1 && recordsMax <= RECORDS_MAX) {
    return recordsMax;
  }
  throw new PortError(
    'OutOfRange',
    `recordsMax is ${recordsMax}: use 1 to ${RECORDS_MAX}, or leave it out for ${RECORDS_DEFAULT}`,
  );
}

function assertInside(target: ReadTarget, offset: number): void {
  const { start, end } = target.storage.state(target.topic, target.partition);
  if (offset >= start && offset <= end && Number.isInteger(offset)) return;
  throw new PortError(
    'OutOfRange',
    `offset ${offset} of ${target.name}/${target.partition} is outside ${start} to ${end}: ` +
      `read from ${start} on`,
  );
}

interface Walk {
  /** The next offset to deliver. */
  next(): number;
  /** Up to `recordsMax` records, fewer at the end; none when nothing is there. */
  take(recordsMax: number): LogRecord[];
}

function createWalk(
  target: ReadTarget,
  { from, end }: { readonly from: number; readonly end: number },
): Walk {
  const { storage, topic, partition } = target;
  let offset = from;
  let batch: BatchReader | undefined;

  function enter(): BatchReader | undefined {
    const bytes = storage.batch({ topic, partition, first: offset });
    if (bytes !== undefined) return openBatch(bytes, offset, offset);
    // Only the first batch can be entered in its middle: later ones begin where the one before ended.
    const first = storage.batchBefore({ topic, partition, first: offset });
    if (first === undefined) return undefined;
    const around = storage.batch({ topic, partition, first });
    if (around === undefined) return undefined;
    const opened = openBatch(around, first, offset);
    return opened.end > offset ? opened : undefined;
  }

  return {
    next: () => offset,
    take(recordsMax) {
      const records: LogRecord[] = [];
      const stop = Math.min(end, storage.state(topic, partition).end);
      while (records.length < recordsMax && offset < stop) {
        batch ??= enter();
        if (batch === undefined) break;
        const until = Math.min(batch.end, stop, offset + recordsMax - records.length);
        while (offset < until) {
          records.push(batch.next());
          offset += 1;
        }
        if (offset === batch.end) batch = undefined;
      }
      return records;
    },
  };
}
