import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'vitest';
import { startProcess, startWorker } from '../../support/worker.js';
import type { ConformanceCase } from '../suite.js';
import { cellsOf, scanAll, storeCase } from './context.js';
import type { StoreContext, TableStoreConformance } from './context.js';
import { increment, type TableJob, type TableMessage } from './elsewhere.js';

const PROGRAM = new URL('./elsewhere-main.ts', import.meta.url);
const WRITES_BEFORE_KILL = 100;

export function tableThreadCases(options: TableStoreConformance): readonly ConformanceCase[] {
  const jobFor = (
    it: StoreContext,
    where: 'thread' | 'process',
    job: Pick<TableJob, 'work' | 'rounds'>,
  ): TableJob => ({
    module: options.elsewhere.module.href,
    argument: options.elsewhere.argument(it.fixture, where),
    ...job,
  });
  const atomic = options.capabilities.atomicWrite ? atomicCases(options, jobFor) : [];
  return [
    storeCase(options, 'reads what another thread was told is durable', async (it) => {
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', { work: 'pairs', rounds: 60 }));
      const stale: string[] = [];
      const checks: Promise<void>[] = [];
      worker.on('message', (message: TableMessage) => {
        if (message === 'done') return;
        checks.push(
          scanAll(it.store, ['pairs', 0], { limit: 1 }).then(([row]) => {
            const seen = Number(row?.cells['a'] ?? 0);
            if (seen < message) stale.push(`${seen} after ${message}`);
          }),
        );
      });
      await once(worker, 'exit');
      await Promise.all(checks);
      expect(checks).toHaveLength(60);
      expect(stale).toEqual([]);
    }),
    storeCase(options, 'loses no compare-and-set of two threads', async (it) => {
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', { work: 'counter', rounds: 60 }));
      let ended = false;
      const exited = once(worker, 'exit').then(() => (ended = true));
      let mine = 0;
      // Until the other thread has ended, because it takes a moment to begin.
      for (; !ended; mine += 5) {
        await increment(it.store, 5);
        await nextTurn();
      }
      await exited;
      expect(await cellsOf(it.store, 'counter')).toEqual({ amount: mine + 60 });
    }),
    storeCase(options, 'keeps every acknowledged write when the writer is killed', async (it) => {
      await it.store.close();
      const job = jobFor(it, 'process', { work: 'pairs', rounds: 1_000_000 });
      const child = startProcess(PROGRAM, job);
      let acknowledged = 0;
      child.on('message', (message: TableMessage) => {
        if (message === 'done') return;
        acknowledged = message;
        if (message === WRITES_BEFORE_KILL) child.kill('SIGKILL');
      });
      await once(child, 'exit');
      expect(acknowledged).toBeGreaterThanOrEqual(WRITES_BEFORE_KILL);
      await it.restart();
      const rows = await scanAll(it.store, ['pairs', 0]);
      expect(rows).toHaveLength(20);
      for (const row of rows) expect(row.cells['a']).toBeGreaterThanOrEqual(acknowledged);
      if (options.capabilities.atomicWrite) {
        expect(new Set(rows.map(({ cells }) => cells['a'])).size).toBe(1);
      }
    }),
    ...atomic,
  ];
}

function atomicCases(
  options: TableStoreConformance,
  jobFor: (it: StoreContext, where: 'thread', job: Pick<TableJob, 'work' | 'rounds'>) => TableJob,
): readonly ConformanceCase[] {
  return [
    storeCase(options, 'shows all rows of a write together', async (it) => {
      const worker = startWorker(PROGRAM, jobFor(it, 'thread', { work: 'pairs', rounds: 150 }));
      const exited = once(worker, 'exit');
      let ended = false;
      void exited.then(() => (ended = true));
      const torn: unknown[] = [];
      const seen = new Set<unknown>();
      while (!ended) {
        const values = new Set<unknown>();
        for (const row of await scanAll(it.store, ['pairs', 0])) values.add(row.cells['a']);
        if (values.size > 1) torn.push([...values]);
        for (const value of values) seen.add(value);
        await nextTurn();
      }
      await exited;
      expect(torn).toEqual([]);
      expect(seen.size).toBeGreaterThan(1);
    }),
  ];
}
