import type { Cells, Key } from '../../ports/table-store.js';

/** A changed row as it came through the topic `updates`. */
export interface RowChange {
  readonly table: string;
  /** Partition key and clustering key, in declared order. */
  readonly key: Key;
  readonly cells: Cells;
  /** Microseconds; a change that is not newer than what a reader has is dropped by the reader. */
  readonly writeTime: number;
}

/** A change with its place in the topic `updates`, which is where a reader can go on behind it. */
export interface PlacedChange extends RowChange {
  readonly partition: number;
  readonly offset: number;
}

/**
 * Receives changes in the order of each updates partition, in batches, synchronously. One that throws is told of a gap,
 * or hears nothing more when it did not ask for gaps.
 */
export type ChangeListener = (changes: readonly PlacedChange[]) => void;

/** What a listener may ask for besides changes. */
export interface SubscribeOptions {
  /**
   * Changes are missing, because the tail fell behind the retention of `updates` or could not read them, or because the
   * listener threw: read the rows again, then go on with what was delivered since this call. Synchronous; whoever throws
   * here hears nothing more.
   */
  readonly onGap?: (() => void) | undefined;
}

/**
 * One tail of the topic `updates`, shared by everything in this process that watches rows. Decoding happens once, and
 * only for tables that somebody listens to.
 */
export interface UpdateHub {
  /**
   * Delivers every change appended to `updates` after the returned promise resolves (and perhaps some earlier ones):
   * subscribe first, then read the rows, then apply what came meanwhile, dropping what is not newer. From then on
   * `offsets` are the place up to which the listener has heard everything.
   */
  subscribe(
    tables: readonly string[],
    listener: ChangeListener,
    options?: SubscribeOptions,
  ): Promise<() => void>;
  /**
   * Every record appended to the input topics up to this time (milliseconds since the Unix epoch) is in the changes
   * delivered so far. 0 before the first answer.
   */
  watermarkMs(): Promise<number>;
  /** Next offsets of the updates topic per partition as of the changes delivered so far. */
  offsets(): readonly number[];
  /** Stops the tail; listeners hear nothing more. */
  close(): Promise<void>;
}
