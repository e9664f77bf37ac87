import { usageError } from '../output/cli-error.js';
import type { Span } from './imported-events.js';

/**
 * Which time replayed events get:
 * - `live`: the moment in which each is sent, so that they count in today's windows; gaps shrink by the speed;
 * - `shift`: their own time moved by a fixed span, gaps kept;
 * - `original`: their own time. What is older than a window's lateness counts only as late.
 */
export type TimesOption = 'live' | 'shift' | 'original';

export interface Timeline {
  /** Identity of the timeline: part of the events' ids, so that another timeline makes other events. */
  readonly key: string;
  /** Whether events that have an id of their own keep it: only where they keep their time too. */
  readonly keepsIds: boolean;
  /** What it does, for the user. */
  readonly description: string;
  /** The time that an event gets. */
  occurMs(timeMs: number): number;
}

export interface TimelineOptions {
  readonly times: TimesOption;
  /** `now` (the last event lands now) or a duration such as `30d`, `-12h`. */
  readonly shift: string;
  readonly span: Span | undefined;
  /** Distinguishes repeated live replays. */
  readonly runId: string;
  readonly nowMs: () => number;
}

const UNITS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

/** Milliseconds of `90s`, `15m`, `12h` or `-30d`. */
export function durationMs(text: string, flag: string): number {
  const match = /^(-?\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text);
  if (match === null) {
    throw usageError(`${flag} is '${text}'`, 'Use a number and s, m, h or d, such as 90s or 30d.');
  }
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 1000);
}

export function timelineOf(options: TimelineOptions): Timeline {
  if (options.times === 'live') {
    return {
      key: `live ${options.runId}`,
      keepsIds: false,
      description: 'every event gets the time at which it is sent, so it counts now',
      occurMs: () => options.nowMs(),
    };
  }
  if (options.times === 'original') {
    const description = 'events keep their own times';
    return { key: 'original', keepsIds: true, description, occurMs: (ms) => ms };
  }
  const seconds = Math.round(shiftMs(options) / 1000);
  return {
    key: `shift ${seconds}`,
    keepsIds: false,
    description: `events are moved by ${seconds} s; repeat without double effect with --times shift --shift ${seconds}s`,
    occurMs: (ms) => ms + seconds * 1000,
  };
}

function shiftMs({ shift, span, nowMs }: TimelineOptions): number {
  if (shift !== 'now') return durationMs(shift, '--shift');
  // A source without events has no last one to move.
  return span === undefined || span.events === 0 ? 0 : nowMs() - span.lastMs;
}
