import type { LogRecord } from '../../ports/event-log.js';
import { epochOf, sourceTopicOf } from '../../processor/decide.js';

const CHUNK = 'epochs';

/** The highest epoch of the processor's decisions, by the topic that they were made for. At most one entry per topic. */
export class SourceEpochs {
  readonly #highest: Map<string, number>;
  #changed = false;

  constructor(chunks: ReadonlyMap<string, Uint8Array>) {
    const chunk = chunks.get(CHUNK);
    const text = chunk === undefined ? '[]' : Buffer.from(chunk).toString('utf8');
    this.#highest = new Map(JSON.parse(text) as [string, number][]);
  }

  /** Whether a decision counts: not one of an owner that was over already. Remembers its epoch. */
  admit(record: LogRecord): boolean {
    const epoch = epochOf(record);
    // The gateway's decisions have none.
    if (epoch === undefined) return true;
    const source = sourceTopicOf(record) ?? '';
    const highest = this.#highest.get(source) ?? 0;
    if (epoch < highest) return false;
    if (epoch > highest) {
      this.#highest.set(source, epoch);
      this.#changed = true;
    }
    return true;
  }

  changedChunks(): ReadonlyMap<string, Uint8Array> {
    if (!this.#changed) return new Map();
    this.#changed = false;
    return new Map([[CHUNK, Buffer.from(JSON.stringify([...this.#highest]), 'utf8')]]);
  }
}
