/** Work that repeats until it is stopped. */
export interface Repeating {
  /** Starts no further round; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

/** Runs `work` every `intervalMs` milliseconds, never twice at a time. `work` must handle its own failures. */
export function startRepeating(intervalMs: number, work: () => Promise<void> | void): Repeating {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= Promise.resolve(work()).finally(() => {
      running = undefined;
    });
  }, intervalMs);
  // Whoever serves keeps the process alive, not the housekeeping.
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
