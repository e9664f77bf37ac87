const CONTINUES = 0x80;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Writes the compact binary form of sketches and snapshot chunks. Grows as needed. */
export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1 in 1 to 8 bytes. */
  varint(value: number): void {
    this.#reserve(8);
    let left = value;
    while (left >= CONTINUES) {
      this.#bytes[this.#length++] = (left % CONTINUES) | CONTINUES;
      left = Math.floor(left / CONTINUES);
    }
    this.#bytes[this.#length++] = left;
  }

  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(value: string): void {
    const length = value.length;
    this.#reserve(length * 3 + 8);
    const start = this.#length;
    this.varint(length);
    const bytes = this.#bytes;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.#length = start;
        this.block(Buffer.from(value, 'utf8'));
        return;
      }
      bytes[this.#length++] = code;
    }
  }

  /** Signed, of any size, as decimal text. */
  bigint(value: bigint): void {
    this.text(value.toString());
  }

  /** Room for `length` bytes that the caller fills at once. */
  space(length: number): Uint8Array {
    this.#reserve(length);
    this.#length += length;
    return this.#bytes.subarray(this.#length - length, this.#length);
  }

  /** The bytes written; the writer must not be used afterwards. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Reads what ByteWriter wrote. Every method throws RangeError past the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError(`the bytes end at ${this.#bytes.length}`);
    return value;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= CONTINUES) {
      const byte = this.byte();
      value += (byte % CONTINUES) * scale;
      if (byte < CONTINUES) return value;
      if (scale > Number.MAX_SAFE_INTEGER) throw new RangeError('a whole number exceeds 2^53');
    }
  }

  /** A varint that says how many things follow; throws beyond `max`. */
  count(max: number): number {
    const value = this.varint();
    if (value > max) throw new RangeError(`${value} entries stand where at most ${max} may`);
    return value;
  }

  block(): Uint8Array {
    const start = this.#at;
    const length = this.varint();
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError(`the block at ${start} is cut`);
    return this.#bytes.subarray(from, this.#at);
  }

  text(): string {
    return decoder.decode(this.block());
  }

  bigint(): bigint {
    return BigInt(this.text());
  }
}
