import type { RecordHeaders } from '../ports/event-log.js';
import { HEADERS } from './dead-letter.js';

/** Counts what was found of each batch of a range; 20 bytes a batch. */
export class BatchTally {
  readonly count: number;
  eventCount = 0;
  deadLetterCount = 0;
  readonly #found: Uint32Array;
  /** The largest number of events that an attempt meant to write. */
  readonly #size: Uint32Array;
  readonly #dead: Uint32Array;
  readonly #rejected: Uint32Array;
  readonly #repeats: Uint32Array;
  /** 1 where records of attempts of different size were found. */
  readonly #attempts: Uint8Array;

  constructor(count: number) {
    this.count = count;
    this.#found = new Uint32Array(count);
    this.#size = new Uint32Array(count);
    this.#dead = new Uint32Array(count);
    this.#rejected = new Uint32Array(count);
    this.#repeats = new Uint32Array(count);
    this.#attempts = new Uint8Array(count);
  }

  /** Counts an event of the log. */
  event(batch: number, headers: RecordHeaders): void {
    const size = Number(headers[HEADERS.batchSize] ?? 0);
    const before = this.#size[batch] ?? 0;
    if ((this.#found[batch] ?? 0) > 0 && size !== before) this.#attempts[batch] = 1;
    if (size > before) this.#size[batch] = size;
    this.#expectRejected(batch, headers);
    this.#found[batch] = (this.#found[batch] ?? 0) + 1;
    this.eventCount += 1;
  }

  /** Counts a dead letter; those that folds cause are of events that lie in the log. */
  deadLetter(batch: number, headers: RecordHeaders): void {
    if (headers[HEADERS.source] !== undefined) return;
    const size = Number(headers[HEADERS.batchSize] ?? 0);
    if (size > (this.#size[batch] ?? 0)) this.#size[batch] = size;
    this.#expectRejected(batch, headers);
    this.#dead[batch] = (this.#dead[batch] ?? 0) + 1;
    this.deadLetterCount += 1;
  }

  #expectRejected(batch: number, headers: RecordHeaders): void {
    const rejected = Number(headers[HEADERS.batchRejected] ?? 0);
    if (rejected > (this.#rejected[batch] ?? 0)) this.#rejected[batch] = rejected;
  }

  /** An event id of the batch was found once more. */
  repeated(batch: number): void {
    this.#repeats[batch] = (this.#repeats[batch] ?? 0) + 1;
    this.eventCount -= 1;
  }

  found(batch: number): number {
    return this.#found[batch] ?? 0;
  }

  repeats(batch: number): number {
    return this.#repeats[batch] ?? 0;
  }

  /**
   * Batches whose records must be told apart by event id: more were found than one attempt wrote, or several attempts were.
   * `all` when ingest does not refuse duplicates itself: then every batch may hide a repeat.
   */
  doubtful(all: boolean): readonly number[] {
    const found: number[] = [];
    for (let batch = 0; batch < this.count; batch++) {
      const events = this.#found[batch] ?? 0;
      if (events === 0) continue;
      const odd = this.#attempts[batch] === 1 || events > (this.#size[batch] ?? 0);
      if (all || odd) found.push(batch);
    }
    return found;
  }

  /** Whether every event of the batch lies in the log or the dead letters. */
  durable(batch: number): boolean {
    const events = (this.#found[batch] ?? 0) - (this.#repeats[batch] ?? 0);
    const dead = this.#dead[batch] ?? 0;
    return (
      events + dead > 0 &&
      events >= (this.#size[batch] ?? 0) &&
      dead >= (this.#rejected[batch] ?? 0)
    );
  }
}
