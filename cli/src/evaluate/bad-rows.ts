import { CliError } from '../output/cli-error.js';

const LISTED_MAX = 20;

/** What is wrong with a line of a file. */
interface BadRow {
  readonly line: number;
  readonly error: string;
}

/** Counts the bad rows of a file and keeps the first 20 in words. */
export class BadRows {
  readonly lines: string[] = [];
  readonly #name: string;
  readonly #strict: boolean;
  count = 0;

  /** `name`: of the file. `strict`: the first bad row throws a CliError. */
  constructor(name: string, strict: boolean) {
    this.#name = name;
    this.#strict = strict;
  }

  add({ line, error }: BadRow): void {
    const text = `${this.#name} line ${line} ${error}`;
    if (this.#strict) {
      throw new CliError(text, { remedy: 'Repair it, or leave --strict out to go on without it.' });
    }
    this.count++;
    if (this.lines.length < LISTED_MAX) this.lines.push(text);
  }

  /** The first bad rows and how many there are; nothing without any. */
  told(): string[] {
    if (this.count === 0) return [];
    const more = this.count - this.lines.length;
    return [...this.lines, ...(more > 0 ? [`… and ${more} more bad rows in ${this.#name}`] : [])];
  }
}
