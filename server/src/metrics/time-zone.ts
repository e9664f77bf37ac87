const DAY_MS = 86_400_000;
/** Zones lie at most 15 h 13 min from UTC, in all of history; daylight saving included. */
const OFFSET_MAX_MS = 26 * 3_600_000;
const DAYS_CACHED_MAX = 64;

/** One calendar day of a zone: [start, end), milliseconds since the Unix epoch. */
export interface LocalDay {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * Calendar days of one IANA time zone. Days partition time: each begins at the first instant that shows its date and
 * ends where the next begins, so a day has 23 or 25 hours when the clocks change, and a date that a zone skipped has none.
 *
 * Asking for an instant in the day asked for last costs two comparisons; other days of the last 64 a look-up; only a
 * day never seen asks Intl.
 */
export class DayCalendar {
  readonly timeZone: string;
  readonly #format: Intl.DateTimeFormat;
  readonly #days = new Map<number, LocalDay>();
  #last: LocalDay = { startMs: 0, endMs: 0 };

  /** Throws RangeError when the zone is not known. */
  constructor(timeZone: string) {
    this.timeZone = timeZone;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
    });
  }

  /** The day that holds an instant. `ms`: within years 1 to 9999. */
  dayOf(ms: number): LocalDay {
    if (ms >= this.#last.startMs && ms < this.#last.endMs) return this.#last;
    const day = this.#cached(ms) ?? this.#computed(ms);
    this.#last = day;
    return day;
  }

  #cached(ms: number): LocalDay | undefined {
    const utcDay = Math.floor(ms / DAY_MS);
    for (let candidate = utcDay - 1; candidate <= utcDay + 1; candidate++) {
      const day = this.#days.get(candidate);
      if (day !== undefined && ms >= day.startMs && ms < day.endMs) return day;
    }
    return undefined;
  }

  #computed(ms: number): LocalDay {
    const date = this.#dateOf(ms);
    let startMs = this.#firstInstantOf(date);
    let endMs = this.#firstInstantOf(nextDate(date));
    // A zone that set its clocks back across midnight shows a date twice; bisection chose one of the two beginnings.
    if (ms < startMs) {
      endMs = startMs;
      startMs = this.#firstInstantOf(previousDate(date));
    } else if (ms >= endMs) {
      startMs = endMs;
      endMs = this.#firstInstantOf(nextDate(nextDate(date)));
    }
    const day = { startMs, endMs };
    if (this.#days.size >= DAYS_CACHED_MAX) this.#days.clear();
    this.#days.set(Math.floor(startMs / DAY_MS), day);
    return day;
  }

  /** The first instant whose local date is `date` or later, by bisection: local dates do not go back for a day. */
  #firstInstantOf(date: number): number {
    const midnightUtc = utcOf(date);
    let low = midnightUtc - OFFSET_MAX_MS;
    let high = midnightUtc + OFFSET_MAX_MS;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#dateOf(middle) >= date) high = middle;
      else low = middle;
    }
    return high;
  }

  /** The local date as yyyymmdd. */
  #dateOf(ms: number): number {
    let date = 0;
    for (const part of this.#format.formatToParts(ms)) {
      if (part.type === 'year') date += Number(part.value) * 10_000;
      else if (part.type === 'month') date += Number(part.value) * 100;
      else if (part.type === 'day') date += Number(part.value);
    }
    return date;
  }
}

function utcOf(date: number): number {
  return Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100);
}

function nextDate(date: number): number {
  return dateOfUtc(utcOf(date) + DAY_MS);
}

function previousDate(date: number): number {
  return dateOfUtc(utcOf(date) - DAY_MS);
}

function dateOfUtc(ms: number): number {
  const day = new Date(ms);
  return day.getUTCFullYear() * 10_000 + (day.getUTCMonth() + 1) * 100 + day.getUTCDate();
}
