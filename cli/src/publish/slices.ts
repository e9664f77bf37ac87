import { setTimeout as delay } from 'node:timers/promises';

export interface SliceOptions {
  /** Items of a slice at most. */
  readonly countMax: number;
  /** Longest wait of an item for company, milliseconds. */
  readonly waitMs: number;
}

/**
 * Gathers items into slices: a slice ends when it is full, when its first item has waited long enough, or with the last
 * item. So a pipe that brings an event now and then gets each answer at once.
 */
export async function* slicesOf<T>(
  items: AsyncIterable<T>,
  { countMax, waitMs }: SliceOptions,
): AsyncGenerator<readonly T[]> {
  const iterator = items[Symbol.asyncIterator]();
  let slice: T[] = [];
  let next = iterator.next();
  let due: Promise<'due'> | undefined;
  let timer = new AbortController();
  const take = () => {
    const taken = slice;
    slice = [];
    due = undefined;
    timer.abort();
    timer = new AbortController();
    return taken;
  };
  for (;;) {
    const result = due === undefined ? await next : await Promise.race([next, due]);
    if (result === 'due') {
      yield take();
      continue;
    }
    if (result.done === true) break;
    slice.push(result.value);
    due ??= dueAfter(waitMs, timer.signal);
    if (slice.length >= countMax) yield take();
    next = iterator.next();
  }
  if (slice.length > 0) yield take();
}

async function dueAfter(waitMs: number, signal: AbortSignal): Promise<'due'> {
  // Nobody waits for a slice that was taken before.
  return await delay(waitMs, 'due' as const, { signal }).catch(() => 'due' as const);
}
