import { open, type FileHandle } from 'node:fs/promises';
import { CliError } from '../../output/cli-error.js';
import { describeError } from '../../output/describe-error.js';

const WAITING_CHARS_MAX = 1 << 18;

/** A file of lines that a flag names. Holds at most 256 KiB in memory; whoever writes waits for the disk. */
export class LinesFile {
  readonly #name: string;
  readonly #handle: FileHandle;
  #waiting = '';

  private constructor(name: string, handle: FileHandle) {
    this.#name = name;
    this.#handle = handle;
  }

  /** Makes the file, or empties it. `flag` is the option that named it. Throws CliError when that cannot be done. */
  static async open(path: string, flag: string): Promise<LinesFile> {
    const name = `${flag} ${path}`;
    return new LinesFile(name, await open(path, 'w').catch(cannotWrite(name)));
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

  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    await this.#handle.appendFile(text).catch(cannotWrite(this.#name));
  }
}

function cannotWrite(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new CliError(`cannot write ${name}: ${describeError(cause)}`, {
      remedy: 'Name a file in a folder that exists and has room.',
      cause,
    });
  };
}
