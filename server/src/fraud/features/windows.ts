/** Names of the windows that features look back over. */
export type WindowName = '5m' | '1h' | '24h' | '7d' | '30d';

/**
 * A window as a ring of buckets. At an instant T it holds the bucket of T and the ones before it, `lengthMs / bucketMs`
 * in all, so it reaches back between `lengthMs - bucketMs` and `lengthMs`. Buckets begin at multiples of their width since
 * the Unix epoch: any engine that knows the width computes the same number.
 */
export interface WindowRule {
  readonly name: WindowName;
  readonly lengthMs: number;
  readonly bucketMs: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const WINDOWS: Readonly<Record<WindowName, WindowRule>> = {
  '5m': { name: '5m', lengthMs: 5 * MINUTE_MS, bucketMs: 30 * SECOND_MS },
  '1h': { name: '1h', lengthMs: HOUR_MS, bucketMs: 5 * MINUTE_MS },
  '24h': { name: '24h', lengthMs: DAY_MS, bucketMs: HOUR_MS },
  '7d': { name: '7d', lengthMs: 7 * DAY_MS, bucketMs: 6 * HOUR_MS },
  '30d': { name: '30d', lengthMs: 30 * DAY_MS, bucketMs: DAY_MS },
};
