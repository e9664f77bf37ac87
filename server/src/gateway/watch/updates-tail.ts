import type { Clock } from '../../ports/clock.js';
import { isPortError } from '../../ports/errors.js';
import type { EventLog, LogRecord } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import { backoffMs, retryable, sleepUnlessAborted } from '../../processor/backoff.js';

export interface UpdatesTailOptions {
  readonly derived: EventLog;
  readonly partition: number;
  /** First offset to deliver. */
  readonly from: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly records: (records: readonly LogRecord[]) => void;
  /** Records from `from` to before `to` expired unread; the next ones begin at `to`. */
  readonly expired: (from: number, to: number) => void;
}

/**
 * Follows one partition of `updates` until aborted. When the log is away it goes on where it was; when it fell behind
 * retention, at the start of what is left.
 */
export async function followUpdates(options: UpdatesTailOptions): Promise<void> {
  const { derived, partition, clock, signal } = options;
  let from = options.from;
  let expired = false;
  let attempts = 0;
  while (!signal.aborted) {
    try {
      if (expired) {
        const start = (await derived.bounds(TOPICS.updates))[partition]?.start ?? 0;
        options.expired(from, start);
        from = start;
        expired = false;
      }
      const read = { from, follow: true, signal };
      for await (const records of derived.read(TOPICS.updates, partition, read)) {
        options.records(records);
        from = (records.at(-1)?.offset ?? from - 1) + 1;
        attempts = 0;
      }
    } catch (error) {
      expired ||= isPortError(error, 'OutOfRange');
      if (!isPortError(error, 'OutOfRange') && !retryable(error)) throw error;
      attempts += 1;
      const hintMs = isPortError(error) ? error.retryAfterMs : undefined;
      await sleepUnlessAborted(clock, backoffMs(attempts, hintMs), signal);
    }
  }
}
