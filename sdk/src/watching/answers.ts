import { createAlarm } from '../alarm.js';
import type { SdkClock } from '../clock.js';
import { ByteBasketError } from '../errors/byte-basket-error.js';

export interface AnswersOptions<Answer> {
  readonly open: (signal: AbortSignal) => AsyncIterable<Answer>;
  readonly clock: SdkClock;
  /** Longest silence of the gateway, in milliseconds; later the stream counts as dead. */
  readonly silenceMs: number;
  readonly signal: AbortSignal;
}

/** The answers of one stream from its opening to its end. One answer is taken off it at a time, so a slow reader slows it. */
export async function* answersOf<Answer>(
  options: AnswersOptions<Answer>,
): AsyncGenerator<Answer, void, undefined> {
  const { clock, silenceMs, signal } = options;
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => {
    controller.abort();
  };
  const state = { silent: false };
  const alarm = createAlarm(clock, () => {
    state.silent = true;
    controller.abort();
  });
  signal.addEventListener('abort', onAbort, { once: true });
  alarm.set(silenceMs);
  try {
    for await (const answer of options.open(controller.signal)) {
      // Only the wait for the gateway counts as silence, not the time that the reader takes.
      alarm.clear();
      yield answer;
      alarm.set(silenceMs);
    }
  } catch (error) {
    throw state.silent ? silence(silenceMs) : error;
  } finally {
    alarm.clear();
    signal.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

function silence(silenceMs: number): ByteBasketError {
  return new ByteBasketError(`the watch was silent for ${silenceMs} ms: it is opened again`, {
    reason: 'DEADLINE_EXCEEDED',
    code: 'DEADLINE_EXCEEDED',
    retryable: true,
  });
}
