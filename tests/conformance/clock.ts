import { expect } from 'vitest';
import type { Clock } from '@bytebasket/server/ports/clock';
import { registerCases, type ConformanceCase } from './suite.js';

export interface ClockConformance {
  readonly name: string;
  open(): Clock;
  /** Lets `ms` pass: waits for a real clock, moves a manual one. */
  pass(clock: Clock, ms: number): Promise<void>;
}

export function clockCases({ open, pass }: ClockConformance): readonly ConformanceCase[] {
  return [
    {
      name: 'moves forward by at least the time that passed',
      async run() {
        const clock = open();
        const before = clock.nowMs();
        await pass(clock, 30);
        // Timers may fire up to a millisecond early.
        expect(clock.nowMs() - before).toBeGreaterThanOrEqual(29);
      },
    },
    {
      name: 'ends a sleep after its time and not before',
      async run() {
        const clock = open();
        let awake = false;
        const sleep = clock.sleep(40).then(() => (awake = true));
        await pass(clock, 5);
        expect(awake).toBe(false);
        await pass(clock, 60);
        await sleep;
        expect(awake).toBe(true);
      },
    },
    {
      name: 'resolves a sleep of nothing without being moved',
      run: () => open().sleep(0),
    },
    {
      name: 'rejects a sleep with the reason of the abort, before and while it sleeps',
      async run() {
        const clock = open();
        const reason = new Error('enough');
        await expect(clock.sleep(1_000, AbortSignal.abort(reason))).rejects.toBe(reason);
        const stop = new AbortController();
        const sleep = clock.sleep(60_000, stop.signal);
        stop.abort(reason);
        await expect(sleep).rejects.toBe(reason);
      },
    },
    {
      name: 'refuses a negative sleep',
      run: () => expect(open().sleep(-1)).rejects.toBeInstanceOf(RangeError),
    },
  ];
}

export function clockConformance(options: ClockConformance): void {
  registerCases(`Clock: ${options.name}`, clockCases(options));
}
