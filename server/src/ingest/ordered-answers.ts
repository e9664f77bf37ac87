import type { Credit } from './batch-outcome.js';

/** Answers in the order of their questions, although several are worked on at once; bounded by the credit. */
export interface OrderedAnswers<T> extends AsyncIterable<T> {
  /** Adds the next answer; `bytes` is what its question holds until it is answered. */
  push(answer: Promise<T>, bytes: number): void;
  /** Waits until another question may be taken; false when the stream has ended meanwhile. */
  room(): Promise<boolean>;
  /** No more will come. */
  end(): void;
  /** Ends with an error once what was pushed is answered. */
  fail(error: unknown): void;
}

interface Waiting<T> {
  readonly answer: Promise<T>;
  readonly bytes: number;
}

/**
 * When the signal aborts, nothing more is taken, what was taken is answered, then iterating ends with the signal's reason.
 * Only one iterator may be taken.
 */
export function openOrderedAnswers<T>(credit: Credit, signal: AbortSignal): OrderedAnswers<T> {
  const queue: Waiting<T>[] = [];
  let bytes = 0;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeReader: (() => void) | undefined;
  let wakeWriter: (() => void) | undefined;

  const wake = (): void => {
    wakeReader?.();
    wakeWriter?.();
  };
  const full = (): boolean => queue.length >= credit.batches || bytes >= credit.bytes;

  async function* iterate(): AsyncGenerator<T> {
    signal.addEventListener('abort', wake, { once: true });
    try {
      for (;;) {
        const first = queue[0];
        if (first !== undefined) {
          const value = await first.answer;
          queue.shift();
          bytes -= first.bytes;
          wakeWriter?.();
          yield value;
        } else if (signal.aborted) {
          throw signal.reason as Error;
        } else if (failure !== undefined) {
          throw failure.error as Error;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => (wakeReader = resolve));
          wakeReader = undefined;
        }
      }
    } finally {
      ended = true;
      signal.removeEventListener('abort', wake);
      wakeWriter?.();
    }
  }

  return {
    push(answer, size) {
      // Its failure is met when its turn comes; until then it is not unhandled.
      answer.catch(() => undefined);
      queue.push({ answer, bytes: size });
      bytes += size;
      wakeReader?.();
    },
    async room() {
      while (full() && !ended && !signal.aborted) {
        await new Promise<void>((resolve) => (wakeWriter = resolve));
        wakeWriter = undefined;
      }
      return !ended && !signal.aborted;
    },
    end() {
      ended = true;
      wakeReader?.();
    },
    fail(error) {
      failure = { error };
      wakeReader?.();
    },
    [Symbol.asyncIterator]: iterate,
  };
}
