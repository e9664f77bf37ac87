import type { SeriesFeed } from './series-feed.js';

/** A series while somebody watches it. */
export interface LiveSeries {
  readonly feed: SeriesFeed;
  /** True while changes were lost and their rows are not read again yet: the values may be old. */
  readonly stale: boolean;
  /** Windows before this no longer change, or are not watched: they are read from the tables. */
  liveFromMs(nowMs: number): number;
  /** Makes the values of the windows from `fromMs` on complete, reading what is not in memory yet. */
  complete(fromMs: number, nowMs: number): Promise<void>;
  /** Brings the feed's values from `fromMs` on up to date with what is in memory; synchronous. */
  refresh(fromMs: number, nowMs: number): void;
  /** Called every second: forgets windows that closed and follows the clock. */
  tick(nowMs: number): void;
  close(): void;
}
