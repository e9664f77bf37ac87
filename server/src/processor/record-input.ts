import type { LogRecord, TopicPartition } from '../ports/event-log.js';
import type { FoldInput } from './fold.js';

type Decoder = (bytes: Uint8Array) => unknown;

/** One record for all folds. The first decoder's result is kept in a field, those of others in a map: most use one. */
export class RecordInput implements FoldInput {
  readonly source: TopicPartition;
  readonly record: LogRecord;
  readonly writeTime: number;
  #decoder: Decoder | undefined;
  #decoded: unknown;
  #others: Map<Decoder, unknown> | undefined;

  constructor(source: TopicPartition, record: LogRecord, writeTime: number) {
    this.source = source;
    this.record = record;
    this.writeTime = writeTime;
  }

  decode<T>(decoder: (bytes: Uint8Array) => T): T {
    if (this.#decoder === decoder) return this.#decoded as T;
    if (this.#decoder === undefined) {
      this.#decoded = decoder(this.record.value);
      this.#decoder = decoder;
      return this.#decoded as T;
    }
    if (this.#others?.has(decoder) === true) return this.#others.get(decoder) as T;
    const decoded = decoder(this.record.value);
    this.#others ??= new Map();
    this.#others.set(decoder, decoded);
    return decoded;
  }
}
