import { open, type FileHandle } from 'node:fs/promises';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

const WAITING_CHARS_MAX = 1 << 16;

/** The file of `--bad-rows`: a line each. Holds at most 64 KiB in memory; whoever writes waits for the disk. */
export class BadRowsFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #waiting = '';
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Makes the file, or empties it. Throws CliError when that cannot be done. */
  static async open(path: string): Promise<BadRowsFile> {
    return new BadRowsFile(path, await open(path, 'w').catch(cannotWrite(path)));
  }

  async line(text: string): Promise<void> {
    this.#waiting += `${text}\n`;
    if (this.#waiting.length >= WAITING_CHARS_MAX) await this.#flush();
  }

  async close(): Promise<void> {
    try {
      await this.#flush();
    } finally {
      await this.#handle.close();
    }
  }

  /** Several sources write to one file: one write after the other. */
  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    const before = this.#writing;
    this.#writing = (async () => {
      await before;
      await this.#handle.appendFile(text);
    })();
    await this.#writing.catch(cannotWrite(this.#path));
  }
}

function cannotWrite(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new CliError(`cannot write --bad-rows ${path}: ${describeError(cause)}`, {
      remedy: 'Name a file in a folder that exists and has room.',
      cause,
    });
  };
}
