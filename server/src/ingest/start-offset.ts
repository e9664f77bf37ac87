import { isPortError } from '../ports/errors.js';
import type { EventLog } from '../ports/event-log.js';

export interface StartOffset {
  readonly topic: string;
  readonly partition: number;
  /** Milliseconds since the Unix epoch; undefined means from the oldest record kept. */
  readonly startMs: number | undefined;
}

/**
 * The offset of the first record appended at or after a time. Append times do not fall within a partition, so halving the
 * range finds it in some twenty small reads.
 */
export async function startOffset(
  log: EventLog,
  { topic, partition, startMs }: StartOffset,
): Promise<number> {
  const bounds = (await log.bounds(topic))[partition];
  if (bounds === undefined) throw new RangeError(`${topic} has no partition ${partition}`);
  let { start: low, end: high } = bounds;
  if (startMs === undefined) return low;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const appendMs = await appendTime(log, topic, { partition, offset: middle });
    // What has expired meanwhile lies before every time that still matters.
    if (appendMs === undefined || appendMs < startMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Append time of one record; undefined when it is no longer kept. */
export async function appendTime(
  log: EventLog,
  topic: string,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Promise<number | undefined> {
  try {
    for await (const [first] of log.read(topic, partition, { from: offset, recordsMax: 1 })) {
      return first?.appendMs;
    }
  } catch (error) {
    if (!isPortError(error, 'OutOfRange')) throw error;
  }
  return undefined;
}
