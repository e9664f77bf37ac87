import type { EventLog, LogRecord } from '../ports/event-log.js';
import { isPortError } from '../ports/errors.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import type { BatchRun, Doubt } from './batch-run.js';
import { idText, placeText, type Duplicates, type DurableTwin } from './duplicates.js';
import { openEnvelope, scanEnvelope } from './envelope.js';
import { readEventId } from './event-id.js';
import { eventIdReused } from './rejections.js';
import { DUPLICATE } from './verdict.js';

export interface DoubtParts {
  readonly log: EventLog;
  readonly duplicates: Duplicates | undefined;
}

/** Records between two that are wanted, up to which reading on is cheaper than beginning anew. */
const GAP_MAX = 64;

/**
 * Checks the events of a batch whose id a durable record may have: same id and bytes is a duplicate with the original's
 * position, same id with other bytes is rejected, another id was a chance meeting of hashes. When the log cannot be read, it
 * gives up the whole batch and throws the log's error.
 */
export async function resolveDoubts(run: BatchRun, parts: DoubtParts): Promise<void> {
  try {
    const ruledOut = new Set<number>();
    while (run.doubts.length > 0) {
      const doubts = run.doubts;
      run.doubts = [];
      const settled = new Set<Doubt>();
      await readTwins(parts.log, doubts, (doubt, record) => {
        if (answered(run, doubt, record)) settled.add(doubt);
      });
      const open = doubts.filter((doubt) => !settled.has(doubt));
      for (const { twin } of open) ruledOut.add(twin.location);
      for (const doubt of open) claimAgain({ run, doubt, ruledOut, duplicates: parts.duplicates });
    }
  } catch (error) {
    abandon(run, parts.duplicates);
    throw error;
  }
}

/** Whether the record has the event's id; then the event's result is set. */
function answered(run: BatchRun, { index, twin }: Doubt, record: LogRecord): boolean {
  const value = record.value;
  if (!hasId(value, run.ids.words, index * 4)) return false;
  const { topic, partition, offset } = twin;
  const { results } = run;
  if (Buffer.compare(value, run.slice(index)) !== 0) {
    run.reject(index, eventIdReused(idText(run, index), placeText(topic, partition, offset)));
    return true;
  }
  results.status[index] = DUPLICATE;
  results.topic[index] = topic;
  results.partition[index] = partition;
  results.offset[index] = offset;
  return true;
}

function hasId(event: Uint8Array, words: Uint32Array, wordAt: number): boolean {
  const envelope = openEnvelope();
  scanEnvelope({ bytes: event, at: 0, end: event.length }, envelope);
  const found = new Uint32Array(4);
  readEventId(event, envelope.eventId.at, { words: found, wordAt: 0 });
  return found.every((word, i) => word === words[wordAt + i]);
}

interface Again {
  readonly run: BatchRun;
  readonly doubt: Doubt;
  readonly ruledOut: ReadonlySet<number>;
  readonly duplicates: Duplicates | undefined;
}

function claimAgain({ run, doubt, ruledOut, duplicates }: Again): void {
  const { index, good } = doubt;
  const twin =
    run.incoming.dryRun === true
      ? duplicates?.find(run, index, ruledOut)
      : duplicates?.claim(run, index, ruledOut);
  if (twin === undefined) run.good[index] = good;
  else if (twin.kind === 'durable') run.doubts.push({ index, good, twin });
  else run.followers.push({ index, twin });
}

/** Nothing of the batch will be written. */
function abandon(run: BatchRun, duplicates: Duplicates | undefined): void {
  if (run.incoming.dryRun !== true) {
    run.good.forEach((good, index) => {
      if (good !== undefined) duplicates?.forget(run, index);
    });
    duplicates?.release(run);
  }
  run.settle();
}

/** Reads the records that doubts point at, few reads for many neighbours. Those that have expired are not visited. */
async function readTwins(
  log: EventLog,
  doubts: readonly Doubt[],
  visit: (doubt: Doubt, record: LogRecord) => void,
): Promise<void> {
  const order = [...doubts].sort((a, b) => compareTwins(a.twin, b.twin));
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && neighbours(order[to - 1]?.twin, order[to]?.twin)) to += 1;
    await readRun(log, order.slice(from, to), visit);
    from = to;
  }
}

function compareTwins(a: DurableTwin, b: DurableTwin): number {
  return a.topic - b.topic || a.partition - b.partition || a.offset - b.offset;
}

function neighbours(a: DurableTwin | undefined, b: DurableTwin | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.topic === b.topic && a.partition === b.partition && b.offset - a.offset <= GAP_MAX;
}

async function readRun(
  log: EventLog,
  doubts: readonly Doubt[],
  visit: (doubt: Doubt, record: LogRecord) => void,
): Promise<void> {
  const first = doubts[0]?.twin;
  const last = doubts.at(-1)?.twin;
  if (first === undefined || last === undefined) return;
  const span = last.offset - first.offset + 1;
  const byOffset = new Map<number, Doubt[]>();
  for (const doubt of doubts) {
    const { offset } = doubt.twin;
    byOffset.set(offset, [...(byOffset.get(offset) ?? []), doubt]);
  }
  try {
    const read = log.read(INPUT_TOPICS[first.topic] ?? '', first.partition, {
      from: first.offset,
      recordsMax: Math.min(span, 10_000),
    });
    for await (const records of read) {
      for (const record of records) {
        for (const doubt of byOffset.get(record.offset) ?? []) visit(doubt, record);
      }
      if ((records.at(-1)?.offset ?? last.offset) >= last.offset) return;
    }
  } catch (error) {
    // Expired meanwhile: what is gone cannot be a duplicate. Neighbours are answered on their own.
    if (!isPortError(error, 'OutOfRange')) throw error;
    if (doubts.length > 1) for (const doubt of doubts) await readRun(log, [doubt], visit);
  }
}
