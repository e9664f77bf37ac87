import { once } from 'node:events';
import { expect } from 'vitest';
import { startProcess, startWorker } from '../../support/worker.js';
import type { ConformanceCase } from '../suite.js';
import { collect, logCase, records, textOf, texts, TOPIC } from './context.js';
import type { EventLogConformance, LogContext } from './context.js';
import type { Acknowledged, WriterJob, WriterMessage } from './elsewhere.js';

const PROGRAM = new URL('./elsewhere.ts', import.meta.url);

/** Appends that the process to be killed may acknowledge before it is. */
const ACKNOWLEDGED_BEFORE_KILL = 150;

export function threadCases(options: EventLogConformance): readonly ConformanceCase[] {
  const jobFor = (
    it: LogContext,
    where: 'thread' | 'process',
    job: Partial<WriterJob>,
  ): WriterJob => ({
    module: options.elsewhere.module.href,
    argument: options.elsewhere.argument(it.fixture, where),
    label: 'there',
    batch: 3,
    appends: 40,
    partitions: 1,
    ...job,
  });
  return [
    logCase(options, 'follows what another thread appends', async (it) => {
      const stop = new AbortController();
      const reading = texts(it.log, 0, { follow: true, signal: stop.signal, count: 120 });
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', {}));
      await once(worker, 'exit');
      const expected = Array.from({ length: 120 }, (_, i) => `there ${Math.floor(i / 3)} ${i % 3}`);
      expect(await reading).toEqual(expected);
      stop.abort();
    }),
    logCase(options, 'reads what another thread was told is durable', async (it) => {
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', { appends: 25 }));
      const missing: Acknowledged[] = [];
      const checks: Promise<void>[] = [];
      worker.on('message', (message: WriterMessage) => {
        if (message === 'done') return;
        const last = message.offsets.at(-1) ?? Infinity;
        checks.push(
          it.log.bounds(TOPIC).then((bounds) => {
            if ((bounds[0]?.end ?? 0) <= last) missing.push(message);
          }),
        );
      });
      await once(worker, 'exit');
      await Promise.all(checks);
      expect(checks).toHaveLength(25);
      expect(missing).toEqual([]);
    }),
    logCase(options, 'orders two threads that append to the same partitions', async (it) => {
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', { partitions: 2, appends: 60 }));
      const told = new Map<string, string>();
      worker.on('message', (message: WriterMessage) => {
        if (message !== 'done') note(told, 'there', message);
      });
      let ended = false;
      const exited = once(worker, 'exit').then(() => (ended = true));
      for (let append = 0; append < 60 || !ended; append++) {
        const partition = append % 2;
        const offsets = await it.log.append(TOPIC, records(partition, `here ${append}`, 3));
        note(told, 'here', { append, partition, offsets });
      }
      await exited;
      let read = 0;
      for (const partition of [0, 1]) {
        const all = await collect(it.log, partition);
        all.forEach((one, index) => {
          expect(one.offset).toBe(index);
          expect(told.get(`${partition}:${index}`)).toBe(textOf(one));
        });
        read += all.length;
      }
      expect(read).toBe(told.size);
    }),
    logCase(options, 'keeps every acknowledged record when the writer is killed', async (it) => {
      await it.log.close();
      const job = jobFor(it, 'process', { partitions: 2, appends: 1_000_000 });
      const child = startProcess(PROGRAM, job);
      const told = new Map<string, string>();
      let acknowledged = 0;
      child.on('message', (message: WriterMessage) => {
        if (message === 'done') return;
        note(told, 'there', message);
        if (++acknowledged === ACKNOWLEDGED_BEFORE_KILL) child.kill('SIGKILL');
      });
      await once(child, 'exit');
      expect(acknowledged).toBeGreaterThanOrEqual(ACKNOWLEDGED_BEFORE_KILL);
      await it.restart();
      const kept = new Map<string, string>();
      for (const partition of [0, 1]) {
        const all = await collect(it.log, partition);
        expect(all.map(({ offset }) => offset)).toEqual(all.map((_, index) => index));
        // All records of one append or none.
        expect(all.length % 3).toBe(0);
        for (const one of all) kept.set(`${partition}:${one.offset}`, textOf(one));
      }
      for (const [place, text] of told) expect(kept.get(place)).toBe(text);
      const [offset] = await it.log.append(TOPIC, records(0, 'after', 1));
      expect(offset).toBe((await it.log.bounds(TOPIC))[0]?.end === undefined ? -1 : offset);
      expect(kept.has(`0:${offset ?? 0}`)).toBe(false);
    }),
  ];
}

function note(
  told: Map<string, string>,
  label: string,
  { append, partition, offsets }: Acknowledged,
): void {
  offsets.forEach((offset, index) => {
    told.set(`${partition}:${offset}`, `${label} ${append} ${index}`);
  });
}
