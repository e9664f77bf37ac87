import type { LogRecord, NewRecord, TopicPartition } from '../ports/event-log.js';

/** Header of a processor's decision: the epoch of its owner, a whole number of 1 or more. Others' records have none. */
export const EPOCH_HEADER = 'epoch';
/** Header of a processor's decision: the topic whose partition (same number) it was made for; epochs belong to it. */
export const SOURCE_HEADER = 'source';
/** Header of a processor's decision: an offset of that partition; the record it is about lies before it. */
export const THROUGH_HEADER = 'through';

/** Something that a fold found and that takes more than its own partition to decide. */
export interface PendingDecision {
  /** Identity of what is decided, such as a payment id: at most one decision counts. */
  readonly id: string;
  /** What the stage needs to know; the fold and its stage agree on the type. Must not change afterwards. */
  readonly item: unknown;
}

/** A decision to append. Key and value as the stage encodes them; headers get those of the processor added. */
export interface DecisionRecord {
  readonly id: string;
  readonly record: Omit<NewRecord, 'partition'>;
}

export interface DecideContext {
  /** Where the pending decisions come from. */
  readonly source: TopicPartition;
  /** Epoch of its owner. */
  readonly epoch: number;
}

/**
 * Decides what a fold hands over, once, and keeps the decisions in a topic of the derived log. Readers of the topic take
 * the first record of an id, and ignore records with a lower epoch than one before them of the same source.
 */
export interface DecideStage {
  /** Topic of the decisions, in the derived log. A decision gets the partition number of its source. */
  readonly topic: string;
  /** Topics whose folds hand decisions over; default all topics of the fold. */
  readonly sources?: readonly string[];
  /** The id that a record of the topic decides; undefined for records of other kinds. Must not throw. */
  idOf(record: LogRecord): string | undefined;
  /**
   * Decides 1 to 1,000 things, in record order, each id once. Need not be deterministic: what is appended counts. Leaves
   * an id out only when a record in the topic decides it already. Unavailable and Throttled are tried again; any other
   * error stops the processor, so what is wrong with one item has to become a decision about it.
   */
  decide(
    pending: readonly PendingDecision[],
    context: DecideContext,
  ): Promise<readonly DecisionRecord[]>;
}

/** The epoch of the processor that wrote a decision; undefined when something else did. */
export function epochOf({ headers }: Pick<LogRecord, 'headers'>): number | undefined {
  return wholeNumber(headers[EPOCH_HEADER]);
}

/** The topic whose partition a processor's decision was made for; undefined when something else wrote it. */
export function sourceTopicOf({ headers }: Pick<LogRecord, 'headers'>): string | undefined {
  return headers[SOURCE_HEADER];
}

/** The offset before which the record lies that a processor's decision is about. */
export function throughOf({ headers }: Pick<LogRecord, 'headers'>): number | undefined {
  return wholeNumber(headers[THROUGH_HEADER]);
}

function wholeNumber(text: string | undefined): number | undefined {
  const number = Number(text);
  return text !== undefined && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
