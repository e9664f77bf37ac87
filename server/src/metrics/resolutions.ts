import { Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Short names of the resolutions: part of table names and of snapshot chunk names. */
export type ResolutionName = '10s' | '1m' | '1h' | '1d';

/** A length of windows and everything that follows from it. */
export interface ResolutionRule {
  readonly name: ResolutionName;
  readonly proto: Resolution;
  /** Nominal length, milliseconds. Days are 23 to 25 hours in zones with daylight saving. */
  readonly lengthMs: number;
  /** An event counts if it was appended at most this long after its window's end, milliseconds. */
  readonly latenessMs: number;
  /** Rows of one such span of window starts lie in one table partition, milliseconds. */
  readonly bucketMs: number;
  /** How long rows are kept after their last write, milliseconds. */
  readonly retentionMs: number;
}

/**
 * The resolutions, finest first. Buckets hold 360, 360, 720 and 366 windows, so that a chart of a few hundred windows
 * scans one or two table partitions.
 */
export const RESOLUTIONS: readonly ResolutionRule[] = [
  {
    name: '10s',
    proto: Resolution.TEN_SECONDS,
    lengthMs: 10 * SECOND_MS,
    latenessMs: 10 * MINUTE_MS,
    bucketMs: HOUR_MS,
    retentionMs: 2 * DAY_MS,
  },
  {
    name: '1m',
    proto: Resolution.MINUTE,
    lengthMs: MINUTE_MS,
    latenessMs: HOUR_MS,
    bucketMs: 6 * HOUR_MS,
    retentionMs: 14 * DAY_MS,
  },
  {
    name: '1h',
    proto: Resolution.HOUR,
    lengthMs: HOUR_MS,
    latenessMs: 48 * HOUR_MS,
    bucketMs: 30 * DAY_MS,
    retentionMs: 400 * DAY_MS,
  },
  {
    name: '1d',
    proto: Resolution.DAY,
    lengthMs: DAY_MS,
    latenessMs: 48 * HOUR_MS,
    bucketMs: 366 * DAY_MS,
    retentionMs: 3_653 * DAY_MS,
  },
];

/** The rule of a resolution by its name. */
export function resolutionNamed(name: ResolutionName): ResolutionRule {
  const rule = RESOLUTIONS.find((candidate) => candidate.name === name);
  if (rule === undefined) throw new TypeError(`there is no resolution ${name}`);
  return rule;
}

/** The rule of the contract's value; UNSPECIFIED means 1 minute. Undefined for a value that is not known here. */
export function resolutionOf(proto: Resolution): ResolutionRule | undefined {
  const wanted = proto === Resolution.UNSPECIFIED ? Resolution.MINUTE : proto;
  return RESOLUTIONS.find((candidate) => candidate.proto === wanted);
}

/** Start of the table partition that holds the windows starting at `startMs`. */
export function bucketOf(rule: ResolutionRule, startMs: number): number {
  return Math.floor(startMs / rule.bucketMs) * rule.bucketMs;
}
