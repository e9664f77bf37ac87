import type { Clock } from '../ports/clock.js';

const HOUR_MS = 3_600_000;

/** Bounds the bytes of dead letters per hour of the clock, so that a broken client cannot fill the disk. */
export interface DeadLetterQuota {
  readonly bytesPerHour: number;
  /** Takes bytes of this hour's quota; false, with nothing taken, when they do not fit. */
  take(bytes: number): boolean;
}

/** The quota starts afresh with every hour of the clock and with every start of the process. */
export function openDeadLetterQuota(clock: Clock, bytesPerHour: number): DeadLetterQuota {
  let hour = Number.NaN;
  let used = 0;
  return {
    bytesPerHour,
    take(bytes) {
      const now = Math.floor(clock.nowMs() / HOUR_MS);
      if (now !== hour) {
        hour = now;
        used = 0;
      }
      if (used + bytes > bytesPerHour) return false;
      used += bytes;
      return true;
    },
  };
}
