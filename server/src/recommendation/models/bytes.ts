import { putVarint } from '../../wire/varint.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Writes numbers and texts into bytes that grow. */
export class ByteWriter {
  #bytes = Buffer.alloc(1_024);
  #length = 0;

  /** A whole number, 0 to 2^53 - 1. */
  number(value: number): this {
    this.#reserve(10);
    this.#length = putVarint(this.#bytes, this.#length, value);
    return this;
  }

  /** 32 bits. */
  word(value: number): this {
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
    return this;
  }

  double(value: number): this {
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
    return this;
  }

  text(value: string): this {
    const bytes = encoder.encode(value);
    this.number(bytes.length).#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const next = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + bytes));
    next.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = next;
  }
}

/** Reads what a ByteWriter wrote. Throws an Error that names the chunk when the bytes end too early or are not that. */
export class ByteReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at = 0;

  /** `name`: what is read, for messages. */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.#take(1)] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
      factor *= 128;
    }
    if (Number.isSafeInteger(value)) return value;
    throw damaged(this.#name, 'a number is too large');
  }

  word(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  text(): string {
    const length = this.number();
    const at = this.#take(length);
    try {
      return decoder.decode(this.#bytes.subarray(at, at + length));
    } catch (cause) {
      throw damaged(this.#name, 'a text is not UTF-8', cause);
    }
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw damaged(this.#name, 'it ends too early');
    this.#at += bytes;
    return at;
  }
}

/** What a model throws that cannot be loaded. */
export function damaged(name: string, what: string, cause?: unknown): Error {
  const message = `the saved model is damaged in '${name}': ${what}; build it from the log again`;
  return cause === undefined ? new Error(message) : new Error(message, { cause });
}
