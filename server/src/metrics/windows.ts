import type { ResolutionRule } from './resolutions.js';
import { DayCalendar } from './time-zone.js';

/** A window: [start, end), milliseconds since the Unix epoch. */
export interface Window {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * The windows of every resolution. 10 seconds, minutes and hours are counted from the Unix epoch (so an hour is
 * always 60 minutes); days are the calendar days of the shop's time zone.
 */
export class Windows {
  readonly #calendar: DayCalendar;

  /** `timeZone`: IANA name, such as `Europe/Berlin`. Throws RangeError when it is not known. */
  constructor(timeZone: string) {
    this.#calendar = new DayCalendar(timeZone);
  }

  /** The window that holds an instant. */
  at(rule: ResolutionRule, ms: number): Window {
    if (rule.name === '1d') return this.#calendar.dayOf(ms);
    const startMs = Math.floor(ms / rule.lengthMs) * rule.lengthMs;
    return { startMs, endMs: startMs + rule.lengthMs };
  }

  /** The first window that starts at or after an instant. */
  from(rule: ResolutionRule, ms: number): Window {
    const holding = this.at(rule, ms);
    return holding.startMs === ms ? holding : this.at(rule, holding.endMs);
  }

  /** Start of the window `count` windows before the one that holds an instant. */
  startBefore(rule: ResolutionRule, ms: number, count: number): number {
    if (rule.name !== '1d') return this.at(rule, ms).startMs - count * rule.lengthMs;
    let startMs = this.at(rule, ms).startMs;
    for (let i = 0; i < count; i++) startMs = this.at(rule, startMs - 1).startMs;
    return startMs;
  }

  /** Windows that start in [from, to), rounded up by at most one where clocks change. */
  countBetween(rule: ResolutionRule, fromMs: number, toMs: number): number {
    const first = this.from(rule, fromMs).startMs;
    return first >= toMs ? 0 : Math.ceil((toMs - first) / rule.lengthMs);
  }
}

/** Last append time, in milliseconds, at which an event still counts in a window that ends at `endMs`. */
export function closesAtMs(rule: ResolutionRule, endMs: number): number {
  return endMs + rule.latenessMs;
}
