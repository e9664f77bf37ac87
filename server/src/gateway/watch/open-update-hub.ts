import type { Clock } from '../../ports/clock.js';
import type { EventLog } from '../../ports/event-log.js';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import type { UpdateHub } from './update-hub.js';
import { TailHub } from './tail-hub.js';

/** Changes that listeners did not get: from `from` (inclusive) to `to` (exclusive) of one partition of `updates`. */
export interface UpdatesGap {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  /** Why, when it is not that they expired. */
  readonly error?: unknown;
}

export interface UpdateHubOptions {
  /** Holds the topic `updates`. */
  readonly derived: EventLog;
  /** Holds the input topics, whose ends the watermark is compared with. */
  readonly inputs: EventLog;
  readonly clock: Clock;
  /**
   * Holds the processor's progress table. Without it the progress is unknown until the processor's next flush after
   * the first subscription: `watermarkMs` is 0 until then, also when nothing more is coming.
   */
  readonly tables?: TableStore | undefined;
  /** Input topics that the processor folds; default all. */
  readonly inputTopics?: readonly string[] | undefined;
  /** Told of every gap, besides the listeners: for logs and metrics. Must not throw. */
  readonly onGap?: ((gap: UpdatesGap) => void) | undefined;
  /**
   * Told of what should not happen: a listener that threw, updates that could not be read. The hub goes on. Must not
   * throw.
   */
  readonly onFailure?: ((error: unknown) => void) | undefined;
  /** Closes the hub when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the hub. Its tails start with the first subscription and are kept; while the log is away they try again, with
 * growing delays of at most 5 s; after any other failure they go on at the end of the updates and tell a gap.
 * Throws NotFound when `updates` is not declared, Unavailable when it cannot be read.
 */
export async function openUpdateHub(options: UpdateHubOptions): Promise<UpdateHub> {
  const bounds = await options.derived.bounds(TOPICS.updates);
  return new TailHub(
    options,
    bounds.map(({ end }) => end),
  );
}
