/** What a live view remembers: the newest state of each thing, at most `max` things, those that changed last. */
export class Newest<Value> {
  readonly #max: number;
  readonly #idOf: (value: Value) => string;
  readonly #values = new Map<string, Value>();

  constructor(max: number, idOf: (value: Value) => string) {
    this.#max = max;
    this.#idOf = idOf;
  }

  take(value: Value): void {
    const id = this.#idOf(value);
    this.#values.delete(id);
    this.#values.set(id, value);
    if (this.#values.size <= this.#max) return;
    const [oldest = ''] = this.#values.keys();
    this.#values.delete(oldest);
  }

  clear(): void {
    this.#values.clear();
  }

  /** The one that changed last comes first. */
  values(): readonly Value[] {
    return [...this.#values.values()].reverse();
  }
}
