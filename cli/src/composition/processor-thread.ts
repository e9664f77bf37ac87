import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { describeError } from '../output/describe-error.js';
import type { ProcessorMetrics } from './processor-metrics.js';
import type { ProcessorMessage, ProcessorThreadOptions } from './processor-protocol.js';

/** Delays between restarts double from the first to the second; a run of a minute starts over. */
const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 30_000;
const STEADY_MS = 60_000;

/** How long a thread that was told to stop may take for its last flush and snapshot. */
const STOP_MS_MAX = 15_000;

export interface ProcessorThread {
  /** True while the thread owns every partition: metrics are up to date. */
  ready(): boolean;
  /** Resolves when it is ready, or after `timeoutMs` milliseconds. */
  whenReady(timeoutMs: number): Promise<void>;
  /** Flushes what is under way and ends the thread; it is not restarted. Idempotent. */
  stop(): Promise<void>;
}

export interface ProcessorSupervision {
  /** Options of one run; `run` counts from 1. */
  readonly optionsOf: (run: number) => ProcessorThreadOptions;
  readonly metrics: ProcessorMetrics;
  readonly logger: Logger;
}

/**
 * Keeps the processor running in a worker thread. A thread that ends is started again after a growing delay, for ever:
 * ingest must not stop because a fold has a defect. What it did since its last snapshot it does again, with the same result.
 */
export function superviseProcessor(supervision: ProcessorSupervision): ProcessorThread {
  const { logger, metrics } = supervision;
  const stopping = new AbortController();
  let current: { readonly worker: Worker; readonly exited: Promise<void> } | undefined;
  let ready = false;
  let runs = 0;
  const readiness = new EventEmitter();
  const setReady = (value: boolean): void => {
    ready = value;
    metrics.up(value);
    if (value) readiness.emit('ready');
  };

  function startRun(): Promise<void> {
    runs += 1;
    const worker = startThread(supervision.optionsOf(runs));
    worker.on('message', (message: ProcessorMessage) => {
      if (message.kind === 'figures') metrics.record(message.figures);
      else if (message.kind === 'log') logger[message.level](message.fields, message.message);
      else {
        logger.info({ partitions: message.partitions.length, run: runs }, 'processor ready');
        setReady(true);
      }
    });
    worker.on('error', (error) =>
      logger.error({ err: error, run: runs }, `processor failed: ${describeError(error)}`),
    );
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', () => {
        current = undefined;
        setReady(false);
        resolve();
      });
    });
    current = { worker, exited };
    return exited;
  }

  const toldToStop = (): boolean => stopping.signal.aborted;
  async function supervise(): Promise<void> {
    let delayMs = RESTART_MS_MIN;
    for (;;) {
      const started = performance.now();
      await startRun();
      if (toldToStop()) return;
      if (performance.now() - started > STEADY_MS) delayMs = RESTART_MS_MIN;
      metrics.restarted();
      logger.warn({ delayMs, run: runs }, 'processor ended by itself: starting it again');
      await pause(delayMs, stopping.signal);
      if (toldToStop()) return;
      delayMs = Math.min(RESTART_MS_MAX, delayMs * 2);
    }
  }
  const ended = supervise();

  async function stop(): Promise<void> {
    stopping.abort();
    if (current !== undefined) await stopThread(current, logger);
    await ended;
  }
  let stopped: Promise<void> | undefined;
  return {
    ready: () => ready,
    async whenReady(timeoutMs) {
      if (!ready) await firstOf(readiness, timeoutMs);
    },
    stop: () => (stopped ??= stop()),
  };
}

function startThread(options: ProcessorThreadOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL('../processor-worker.js', import.meta.url), { workerData: options });
  }
  return new Worker(new URL('./source-thread.mjs', import.meta.url), {
    argv: [new URL('../processor-worker.ts', import.meta.url).href],
    execArgv: ['--conditions=@bytebasket/source'],
    workerData: options,
  });
}

async function stopThread(
  { worker, exited }: { readonly worker: Worker; readonly exited: Promise<void> },
  logger: Logger,
): Promise<void> {
  worker.postMessage({ kind: 'stop' });
  const overdue = setTimeout(() => {
    logger.warn({ waitedMs: STOP_MS_MAX }, 'processor did not stop in time: ending its thread');
    // The exit event follows; what was not flushed is folded again at the next start.
    void worker.terminate();
  }, STOP_MS_MAX);
  await exited;
  clearTimeout(overdue);
}

function firstOf(readiness: EventEmitter, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, timeoutMs);
    function done(): void {
      clearTimeout(timer);
      readiness.off('ready', done);
      resolve();
    }
    readiness.once('ready', done);
  });
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
