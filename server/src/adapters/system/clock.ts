import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../ports/clock.js';

/** The system's clock. Sleeping keeps the process alive until it ends or is aborted. */
export function systemClock(): Clock {
  return {
    nowMs: () => Date.now(),
    async sleep(ms, signal) {
      if (!(ms >= 0)) throw new RangeError(`sleep of ${ms} ms: use 0 or more`);
      try {
        await delay(ms, undefined, signal === undefined ? undefined : { signal });
      } catch (error) {
        // Node rejects with its own AbortError; the port promises the signal's reason.
        throw signal?.aborted === true ? signal.reason : error;
      }
    },
  };
}
