/** How a call ended. A read that its caller left is `ok`. */
export type CallOutcome = 'ok' | 'failed';

/** Told once per call of a port, never per record or row; `ms` is how long it took. Must be quick and must not throw. */
export type OnCall = (operation: string, ms: number, outcome: CallOutcome) => void;

/** Runs one call and tells of it. */
export async function measured<T>(
  operation: string,
  onCall: OnCall,
  call: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let outcome: CallOutcome = 'failed';
  try {
    const result = await call();
    outcome = 'ok';
    return result;
  } finally {
    onCall(operation, performance.now() - started, outcome);
  }
}

/** As `measured` for a stream: the time is that spent waiting for it, without that of its reader. */
export async function* measuredStream<T>(
  operation: string,
  onCall: OnCall,
  source: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  let ms = 0;
  let outcome: CallOutcome = 'ok';
  let resumed = performance.now();
  try {
    for await (const item of source) {
      ms += performance.now() - resumed;
      yield item;
      resumed = performance.now();
    }
    ms += performance.now() - resumed;
  } catch (error) {
    outcome = 'failed';
    throw error;
  } finally {
    onCall(operation, ms, outcome);
  }
}
