import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/errors.js';
import type { EventLog, PartitionBounds } from '../ports/event-log.js';
import { INPUT_TOPICS } from '../ports/topics.js';

export interface HorizonParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly horizonRecords: number;
}

/**
 * How far back an event id is known, in seconds: for each partition the age of the oldest record that counts, of those the
 * least. 0 when the log is empty.
 */
export async function horizonSeconds({ log, clock, horizonRecords }: HorizonParts): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (const topic of INPUT_TOPICS) {
    for (const bounds of await log.bounds(topic)) {
      const from = Math.max(bounds.start, bounds.end - horizonRecords);
      const appendMs = await appendTime(log, topic, { ...bounds, start: from });
      if (appendMs !== undefined) least = Math.min(least, clock.nowMs() - appendMs);
    }
  }
  return least === Number.POSITIVE_INFINITY ? 0 : Math.max(0, least / 1000);
}

async function appendTime(
  log: EventLog,
  topic: string,
  { partition, start, end }: PartitionBounds,
): Promise<number | undefined> {
  if (start >= end) return undefined;
  try {
    for await (const [first] of log.read(topic, partition, { from: start, recordsMax: 1 })) {
      return first?.appendMs;
    }
  } catch (error) {
    // Expired between the two looks: this partition says nothing this time.
    if (!isPortError(error, 'OutOfRange')) throw error;
  }
  return undefined;
}
