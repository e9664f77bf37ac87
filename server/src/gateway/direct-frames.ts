import { messageTooLarge } from './call-interceptor.js';
import { PREFIX_BYTES } from './direct-answer.js';

/** Cuts what a stream brings into messages. Holds one that is not whole, and no more than was given to it. */
export class FrameReader {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes of the first frame with its prefix; 0 while unknown. */
  #expected = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether bytes wait that are no whole message. */
  get partial(): boolean {
    return this.#held > 0;
  }

  /** Whether `take` would give a message. */
  get whole(): boolean {
    return this.#expected !== 0 && this.#held >= this.#expected;
  }

  /** Throws ServiceError BATCH_TOO_LARGE as soon as a prefix announces more than allowed. */
  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    this.#measure();
  }

  #measure(): void {
    if (this.#expected !== 0 || this.#held < PREFIX_BYTES) return;
    const bytes = this.#joined().readUInt32BE(1);
    if (bytes > this.#bytesMax) throw messageTooLarge(bytes, this.#bytesMax);
    this.#expected = PREFIX_BYTES + bytes;
  }

  /** The next whole message, a copy; undefined when there is none yet. */
  take(): Buffer | undefined {
    const end = this.#expected;
    if (!this.whole) return undefined;
    const alone = this.#chunks.length > 1 && this.#held === end;
    const whole = this.#joined();
    // A chunk is a piece of all that its connection read at once: a view would keep that alive.
    const message = alone
      ? whole.subarray(PREFIX_BYTES)
      : Buffer.from(whole.subarray(PREFIX_BYTES, end));
    this.#chunks = this.#held === end ? [] : [whole.subarray(end)];
    this.#held -= end;
    this.#expected = 0;
    this.#measure();
    return message;
  }

  #joined(): Buffer {
    const [first, ...others] = this.#chunks;
    if (first !== undefined && others.length === 0) return first;
    const whole = Buffer.concat(this.#chunks, this.#held);
    this.#chunks = [whole];
    return whole;
  }
}
