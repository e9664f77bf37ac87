import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import { appendTime } from './start-offset.js';

export interface HorizonParts {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly horizonRecords: number;
}

/**
 * How far back an event id is known, in seconds: for each partition the age of the oldest record that counts, of those the
 * least. 0 when the log is empty.
 */
export async function horizonSeconds(parts: HorizonParts): Promise<number> {
  const { log, clock, horizonRecords } = parts;
  let least = Number.POSITIVE_INFINITY;
  for (const topic of INPUT_TOPICS) {
    for (const { partition, start, end } of await log.bounds(topic)) {
      if (start === end) continue;
      const offset = Math.max(start, end - horizonRecords);
      const appendMs = await appendTime(log, topic, { partition, offset });
      if (appendMs !== undefined) least = Math.min(least, clock.nowMs() - appendMs);
    }
  }
  return least === Number.POSITIVE_INFINITY ? 0 : Math.max(0, least / 1000);
}
