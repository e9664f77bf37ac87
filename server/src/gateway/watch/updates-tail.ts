import type { Clock } from '../../ports/clock.js';
import { isPortError } from '../../ports/errors.js';
import type { EventLog, LogRecord } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import { backoffMs, retryable, sleepUnlessAborted } from '../../retry/retry.js';

export interface UpdatesTailOptions {
  readonly derived: EventLog;
  readonly partition: number;
  /** First offset to deliver. */
  readonly from: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly records: (records: readonly LogRecord[]) => void;
  /** Records from `from` to before `to` are left out; the next ones begin at `to`. `error`: why, unless they expired. */
  readonly lost: (from: number, to: number, error?: unknown) => void;
  /** Told of every failure that is not the log being away for a while; reading begins again. */
  readonly failed: (error: unknown) => void;
}

/** Why reading cannot go on where it was. */
type Loss = { readonly kind: 'expired' } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Follows one partition of `updates` until aborted, whatever happens. When the log is away it goes on where it was; when
 * it fell behind retention, at the start of what is left; after any other failure at the end of that moment, so that a
 * record that cannot be read is not met again. Waits longer after each failure in a row, at most 5 s.
 */
export async function followUpdates(options: UpdatesTailOptions): Promise<void> {
  const { derived, partition, clock, signal } = options;
  const stopped = (): boolean => signal.aborted;
  let from = options.from;
  let loss: Loss | undefined;
  let attempts = 0;
  while (!stopped()) {
    try {
      if (loss !== undefined) {
        const bounds = (await derived.bounds(TOPICS.updates))[partition];
        const to = (loss.kind === 'expired' ? bounds?.start : bounds?.end) ?? from;
        options.lost(from, to, loss.kind === 'expired' ? undefined : loss.error);
        from = to;
        loss = undefined;
      }
      const read = { from, follow: true, signal };
      for await (const records of derived.read(TOPICS.updates, partition, read)) {
        options.records(records);
        from = (records.at(-1)?.offset ?? from - 1) + 1;
        attempts = 0;
      }
    } catch (error) {
      if (stopped()) return;
      if (isPortError(error, 'OutOfRange')) loss ??= { kind: 'expired' };
      else if (!retryable(error)) {
        loss = { kind: 'failed', error };
        options.failed(error);
      }
      attempts += 1;
      const hintMs = isPortError(error) ? error.retryAfterMs : undefined;
      await sleepUnlessAborted(clock, backoffMs(attempts, hintMs), signal);
    }
  }
}
