/** Time as the program sees it. Only the composition root chooses the system's clock; tests move a manual one. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may step backwards when the system's clock is set. */
  nowMs(): number;
  /** Resolves after `ms` milliseconds (0 or more); rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
