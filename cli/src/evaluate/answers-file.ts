import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

const WAITING_CHARS_MAX = 1 << 18;

/** The file of answers. Written beside it first, so that under its name there is never half of it. */
export class AnswersFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #waiting = '';

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Throws CliError when the file cannot be made. */
  static async open(path: string): Promise<AnswersFile> {
    return new AnswersFile(path, await open(partOf(path), 'w').catch(cannotWrite(path)));
  }

  async line(text: string): Promise<void> {
    this.#waiting += `${text}\n`;
    if (this.#waiting.length >= WAITING_CHARS_MAX) await this.#flush();
  }

  /** Puts the file into place. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#handle.close();
    await rename(partOf(this.#path), this.#path).catch(cannotWrite(this.#path));
  }

  /** Leaves nothing behind. */
  async abandon(): Promise<void> {
    await this.#handle.close();
    await rm(partOf(this.#path), { force: true });
  }

  async #flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    await this.#handle.appendFile(text).catch(cannotWrite(this.#path));
  }
}

function partOf(path: string): string {
  return `${path}.part`;
}

function cannotWrite(path: string): (cause: unknown) => never {
  return (cause) => {
    throw new CliError(`cannot write --out ${path}: ${describeError(cause)}`, {
      remedy: 'Name a file in a folder that exists and has room.',
      cause,
    });
  };
}
