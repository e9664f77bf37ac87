import type { EventLog, LogRecord } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import { createUpdateDecoder, type UpdateDecoder } from './update-decoder.js';
import type { PlacedChange } from './update-hub.js';

export interface ReadChangesOptions {
  /** Holds the topic `updates`. */
  readonly derived: EventLog;
  readonly tables: readonly string[];
  readonly wanted?: ((change: PlacedChange) => boolean) | undefined;
  readonly signal: AbortSignal;
  /** Told of an update that cannot be decoded; it is left out. */
  readonly onFailure: (error: unknown) => void;
}

/** A range of one partition of `updates`: `from` (inclusive) to `to` (exclusive). */
export interface UpdatesRange {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export interface ReadPart {
  /** May be empty. */
  readonly changes: readonly PlacedChange[];
  /** Everything before this offset was read. */
  readonly next: number;
}

/** Reads changes from the log. Throws OutOfRange when the range has expired. */
export async function* readChanges(
  options: ReadChangesOptions,
  { partition, from, to }: UpdatesRange,
): AsyncGenerator<ReadPart, void, undefined> {
  if (from >= to) return;
  const { derived, signal } = options;
  const decoder = createUpdateDecoder(options.tables);
  for await (const records of derived.read(TOPICS.updates, partition, { from, signal })) {
    const changes: PlacedChange[] = [];
    let next = from;
    for (const record of records) {
      if (record.offset >= to) break;
      next = record.offset + 1;
      const change = decoded({ decoder, partition, onFailure: options.onFailure }, record);
      if (change === undefined) continue;
      if (options.wanted === undefined || options.wanted(change)) changes.push(change);
    }
    yield { changes, next };
    if (next >= to) return;
  }
}

interface Decoding {
  readonly decoder: UpdateDecoder;
  readonly partition: number;
  readonly onFailure: (error: unknown) => void;
}

function decoded(
  { decoder, partition, onFailure }: Decoding,
  { offset, value }: LogRecord,
): PlacedChange | undefined {
  try {
    const change = decoder.decode(value);
    return change === undefined ? undefined : { ...change, partition, offset };
  } catch (error) {
    onFailure(error);
    return undefined;
  }
}
