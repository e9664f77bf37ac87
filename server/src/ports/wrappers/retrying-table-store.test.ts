import { describe, expect, test } from 'vitest';
import type { Clock } from '../clock.js';
import { PortError } from '../errors.js';
import type { TableStore } from '../table-store.js';
import { retryingTableStore } from './retrying-table-store.js';

/** A store whose calls fail with these errors first, and a clock that notes the waits. */
function failing(errors: readonly Error[]) {
  const left = [...errors];
  const waits: number[] = [];
  let calls = 0;
  const call = async (): Promise<void> => {
    calls += 1;
    const error = left.shift();
    if (error !== undefined) throw error;
  };
  const clock: Clock = {
    nowMs: () => 0,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      waits.push(ms);
    },
  };
  const store: TableStore = {
    capabilities: { atomicWrite: true, nativeExpiry: false },
    write: call,
    remove: call,
    get: () => call().then(() => undefined),
    scan: () => [] as unknown as ReturnType<TableStore['scan']>,
    compareAndSet: () => call().then(() => true),
    expire: () => call().then(() => 0),
    close: call,
  };
  return { store, clock, waits, calls: () => calls };
}

const unavailable = new PortError('Unavailable', 'not now');

describe('retryingTableStore', () => {
  test('repeats writes, removes and reads below a doubling bound', async () => {
    for (const operation of ['write', 'remove', 'get'] as const) {
      const { store, clock, waits, calls } = failing([unavailable, unavailable, unavailable]);
      const told: string[] = [];
      const retrying = retryingTableStore(store, {
        clock,
        waitMs: 10,
        waitMsMax: 30,
        random: () => 0.5,
        retried: (name) => told.push(name),
      });
      await retrying[operation]('t', []);
      expect(calls()).toBe(4);
      expect(waits).toEqual([5, 10, 15]);
      expect(told).toEqual([operation, operation, operation]);
    }
  });

  test('waits at least as long as the error asks', async () => {
    const asked = new PortError('Throttled', 'full', { retryAfterMs: 500 });
    const { store, clock, waits } = failing([asked]);
    await retryingTableStore(store, { clock, random: () => 0 }).write('t', []);
    expect(waits).toEqual([500]);
  });

  test('gives the last error after the last attempt', async () => {
    const { store, clock, calls } = failing(Array.from({ length: 9 }, () => unavailable));
    const retrying = retryingTableStore(store, { clock, attemptsMax: 3 });
    await expect(retrying.write('t', [])).rejects.toBe(unavailable);
    expect(calls()).toBe(3);
  });

  test('repeats nothing that cannot succeed or must not be repeated', async () => {
    for (const error of [new PortError('Fenced', 'newer writer'), new TypeError('a mistake')]) {
      const { store, clock, calls } = failing([error]);
      await expect(retryingTableStore(store, { clock }).write('t', [])).rejects.toBe(error);
      expect(calls()).toBe(1);
    }
    const { store, clock, calls } = failing([unavailable]);
    const change = { key: [], expected: undefined, next: {}, writeTime: 1 };
    const attempt = retryingTableStore(store, { clock }).compareAndSet('t', change);
    await expect(attempt).rejects.toBe(unavailable);
    expect(calls()).toBe(1);
  });

  test('stops waiting when it is aborted', async () => {
    const { store, clock } = failing([unavailable]);
    const reason = new Error('shutting down');
    const retrying = retryingTableStore(store, { clock, signal: AbortSignal.abort(reason) });
    await expect(retrying.write('t', [])).rejects.toBe(reason);
  });
});
