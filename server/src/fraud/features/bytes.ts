/** Writes whole numbers and texts in compact form. Grows as needed. */
export class ByteSink {
  #bytes: Buffer;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  /** A whole number from 0 to 2^53 - 1 in 1 to 8 bytes. */
  number(value: number): void {
    this.#reserve(8);
    let left = value;
    while (left > 0x7fffffff) {
      this.#bytes[this.#length++] = (left % 128) | 0x80;
      left = Math.floor(left / 128);
    }
    while (left > 0x7f) {
      this.#bytes[this.#length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    this.#bytes[this.#length++] = left;
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.number(size);
    this.#reserve(size);
    this.#bytes.write(value, this.#length);
    this.#length += size;
  }

  /** Writes packed bytes as a block. */
  packed(bytes: string): void {
    this.number(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.write(bytes, this.#length, 'latin1');
    this.#length += bytes.length;
  }

  /**
   * What was written as one character per byte: a small array of bytes costs several hundred more than it holds, a text
   * none. The sink is empty afterwards.
   */
  takePacked(): string {
    const text = this.#bytes.toString('latin1', 0, this.#length);
    this.#length = 0;
    return text;
  }

  /** A copy of what was written; the sink is empty afterwards and can be used again. */
  take(): Uint8Array {
    const copy = new Uint8Array(this.#length);
    copy.set(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return copy;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** The bytes behind packed ones, for a short time: they share memory with others. */
export function unpacked(bytes: string): Uint8Array {
  return Buffer.from(bytes, 'latin1');
}

/** Reads what ByteSink wrote. Every method throws RangeError past the end. */
export class ByteSource {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= Number.MAX_SAFE_INTEGER; scale *= 128) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError(`the bytes end at ${this.#bytes.length}`);
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('a whole number exceeds 2^53');
  }

  /** A number that says how many things follow; throws beyond `max`. */
  count(max: number): number {
    const value = this.number();
    if (value > max) throw new RangeError(`${value} entries stand where at most ${max} may`);
    return value;
  }

  text(): string {
    return Buffer.from(this.block()).toString('utf8');
  }

  /** A block, packed. */
  packed(): string {
    return Buffer.from(this.block()).toString('latin1');
  }

  /** A view of the bytes. */
  block(): Uint8Array {
    const length = this.number();
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError(`the block at ${from} is cut`);
    return this.#bytes.subarray(from, this.#at);
  }
}
