import { PortError } from '../ports/errors.js';
import type { EventLog, TopicPartition } from '../ports/event-log.js';
import type { Retrying } from '../retry/retry.js';
import type { DecideStage } from './decide.js';
import { Decided, type DecidedPlace } from './decided.js';

export interface ReadDecidedOptions {
  /** Holds the stage's topic. */
  readonly derived: EventLog;
  readonly retry: Retrying;
  readonly stage: DecideStage;
  readonly source: TopicPartition;
  /** From the snapshot. */
  readonly place: DecidedPlace;
  /** Where folding begins. */
  readonly from: number;
}

/**
 * Reads back what was decided since the snapshot, at the start of an owner. Throws Conflict when the topic ends before
 * the place of the snapshot: then it lost decisions, and deciding again would hide it.
 */
export async function readDecided(options: ReadDecidedOptions): Promise<Decided> {
  const { derived, retry, stage, source, from } = options;
  const { partition } = source;
  return retry('read decisions back', async () => {
    const bounds = (await derived.bounds(stage.topic))[partition];
    const { start, end } = bounds ?? { start: 0, end: 0 };
    if (options.place.offset > end) {
      throw new PortError(
        'Conflict',
        `${stage.topic}/${partition} ends at ${end}, but its decisions are known up to ` +
          `${options.place.offset}: the log lost decisions; restore it`,
      );
    }
    // What expired is older than any record that is still to be folded.
    const place = { ...options.place, offset: Math.max(options.place.offset, start) };
    const decided = new Decided(stage, source, place);
    for await (const records of derived.read(stage.topic, partition, { from: place.offset })) {
      for (const record of records) decided.see(record, from);
    }
    return decided;
  });
}
