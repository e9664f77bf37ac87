import type { Logger } from 'pino';

/** What must be closed, in the reverse order of opening. */
export class Closers {
  readonly #logger: Logger;
  readonly #entries: { readonly name: string; readonly close: () => Promise<void> }[] = [];
  #closing: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, close: () => Promise<void> | void): void {
    this.#entries.push({ name, close: async () => close() });
  }

  /**
   * Closes everything, the newest first. One that fails does not keep the others open: the first failure is thrown at
   * the end, every one is logged. Idempotent.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const { name, close } of this.#entries.toReversed()) {
      const started = performance.now();
      try {
        await close();
        const ms = Math.round(performance.now() - started);
        this.#logger.debug({ part: name, ms }, 'closed');
      } catch (error) {
        this.#logger.error({ err: error, part: name }, 'cannot close');
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
