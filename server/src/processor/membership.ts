import type { Clock } from '../ports/clock.js';
import { isPortError } from '../ports/errors.js';
import type { ConsumeOptions, EventLog } from '../ports/event-log.js';
import { backoffMs, retryable, sleepUnlessAborted } from '../retry/retry.js';
import type { ProcessorObserver } from './observer.js';

export interface MembershipOptions {
  readonly inputs: EventLog;
  readonly clock: Clock;
  readonly observe: ProcessorObserver;
  readonly consume: ConsumeOptions;
  /** Called before joining again: what the last membership left must go. */
  readonly left: () => void;
}

/** A membership that lasts until aborted: it joins again when the log was away, or expired what was being read. */
export interface Membership {
  run(): Promise<void>;
  /** It works: the next failure is a first one. */
  delivered(): void;
}

export function createMembership(options: MembershipOptions): Membership {
  const { inputs, clock, observe, consume, left } = options;
  let attempts = 0;
  return {
    async run() {
      const stopped = (): boolean => consume.signal.aborted;
      while (!stopped()) {
        try {
          await inputs.consume(consume);
        } catch (error) {
          if (!retryable(error) && !isPortError(error, 'OutOfRange')) throw error;
          if (stopped()) return;
          left();
          attempts += 1;
          const delayMs = backoffMs(attempts, isPortError(error) ? error.retryAfterMs : undefined);
          observe.retried?.({ action: 'join the group', attempt: attempts, delayMs, error });
          await sleepUnlessAborted(clock, delayMs, consume.signal);
        }
      }
    },
    delivered() {
      attempts = 0;
    },
  };
}
