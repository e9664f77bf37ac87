import type { TrainRow } from './train-rows.js';

const FIRST_SIZE = 1 << 16;

/** Clicks of training sessions in typed arrays: 24 bytes a click and its texts once, so that millions fit. */
export class TrainSessions {
  readonly #sessions = new Map<string, number>();
  readonly #items = new Map<string, number>();
  readonly #itemNames: string[] = [];
  #session = new Uint32Array(FIRST_SIZE);
  #item = new Uint32Array(FIRST_SIZE);
  #position = new Float64Array(FIRST_SIZE);
  /** Earliest time of each session, in the order of the file. */
  readonly #starts: number[] = [];
  #timed = false;
  /** Clicks held. */
  clicks = 0;

  /** Sessions held. */
  get size(): number {
    return this.#starts.length;
  }

  /** Different items. */
  get items(): number {
    return this.#itemNames.length;
  }

  add({ session, position, item, timeS }: TrainRow): void {
    if (this.clicks === this.#session.length) this.#grow();
    let number = this.#sessions.get(session);
    if (number === undefined) {
      number = this.#starts.push(Infinity) - 1;
      this.#sessions.set(flat(session), number);
    }
    if (timeS !== undefined) {
      this.#timed = true;
      this.#starts[number] = Math.min(this.#starts[number] ?? Infinity, timeS);
    }
    let id = this.#items.get(item);
    if (id === undefined) {
      const name = flat(item);
      id = this.#itemNames.push(name) - 1;
      this.#items.set(name, id);
    }
    this.#session[this.clicks] = number;
    this.#item[this.clicks] = id;
    this.#position[this.clicks] = position;
    this.clicks++;
  }

  /**
   * The sessions, oldest first: by the earliest time_s where the file has it, else in the order of the file. Clicks are in
   * the order of pos, equal ones in the order of the file. Call it once, after the last `add`.
   */
  *inOrder(): Generator<readonly string[]> {
    const { starts, rows } = this.#grouped();
    const order = Array.from({ length: this.size }, (_, session) => session);
    if (this.#timed) {
      order.sort((a, b) => (this.#starts[a] ?? 0) - (this.#starts[b] ?? 0) || a - b);
    }
    const position = this.#position;
    for (const session of order) {
      const clicks = rows.subarray(starts[session] ?? 0, starts[session + 1] ?? 0);
      // The rows are in the order of the file, and typed arrays sort stably.
      clicks.sort((a, b) => (position[a] ?? 0) - (position[b] ?? 0));
      yield Array.from(clicks, (row) => this.#itemNames[this.#item[row] ?? 0] ?? '');
    }
  }

  /** The rows of each session together, in the order of the file (a counting sort). */
  #grouped(): { starts: Uint32Array; rows: Uint32Array } {
    const starts = new Uint32Array(this.size + 1);
    for (let row = 0; row < this.clicks; row++) {
      const next = (this.#session[row] ?? 0) + 1;
      starts[next] = (starts[next] ?? 0) + 1;
    }
    for (let session = 1; session <= this.size; session++) {
      starts[session] = (starts[session] ?? 0) + (starts[session - 1] ?? 0);
    }
    const rows = new Uint32Array(this.clicks);
    const next = starts.slice();
    for (let row = 0; row < this.clicks; row++) {
      const session = this.#session[row] ?? 0;
      const at = next[session] ?? 0;
      rows[at] = row;
      next[session] = at + 1;
    }
    return { starts, rows };
  }

  #grow(): void {
    const size = this.#session.length * 2;
    const longer = <T extends Uint32Array | Float64Array>(next: T, before: T): T => {
      next.set(before);
      return next;
    };
    this.#session = longer(new Uint32Array(size), this.#session);
    this.#item = longer(new Uint32Array(size), this.#item);
    this.#position = longer(new Float64Array(size), this.#position);
  }
}

/** A copy: a part of a line would keep the whole line, and in the end the whole file, in memory. */
function flat(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
