import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { describeError } from '../output/describe-error.js';

/** Delays between restarts double from the first to the second; a run of a minute starts over. */
const RESTART_MS_MIN = 200;
const RESTART_MS_MAX = 30_000;
const STEADY_MS = 60_000;

/** How long a thread that was told to stop may take to finish what is under way. */
const STOP_MS_MAX = 15_000;

/** To every thread: finish what is under way, then end. */
export interface StopMessage {
  readonly kind: 'stop';
}

/** A line for the log of the main thread. */
export interface LogMessage {
  readonly kind: 'log';
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, string | number>>;
}

export interface SupervisedThread {
  /** True from the thread's `ready` message until it ends. */
  ready(): boolean;
  /** Resolves when it is ready, or after `timeoutMs` milliseconds. */
  whenReady(timeoutMs: number): Promise<void>;
  /** Lets the thread finish and end; it is not restarted. Idempotent. */
  stop(): Promise<void>;
}

export interface ThreadSupervision<Message extends { readonly kind: string }> {
  /** In log lines, such as `processor`. */
  readonly name: string;
  /** The thread's module beside this folder, without its extension. */
  readonly entry: string;
  /** `workerData` of one run; `run` counts from 1. */
  readonly dataOf: (run: number) => unknown;
  readonly logger: Logger;
  /** Every message but those of the log. `post` sends to the thread that it came from. */
  readonly onMessage: (message: Exclude<Message, LogMessage>, post: PostToThread) => void;
  /** True after its `ready` message; false when it ends. */
  readonly onUp: (up: boolean) => void;
  /** It ended by itself and is going to be started again. */
  readonly onRestart: () => void;
}

export type PostToThread = (message: unknown) => void;

interface Run {
  readonly worker: Worker;
  readonly exited: Promise<void>;
}

/**
 * Keeps a worker thread running. One that ends is started again after a growing delay, for ever: the rest of the product
 * must not stop because of a defect in it. What it did not make durable it does again.
 */
export function superviseThread<Message extends { readonly kind: string }>(
  supervision: ThreadSupervision<Message>,
): SupervisedThread {
  const { name, logger } = supervision;
  const stopping = new AbortController();
  const readiness = new EventEmitter();
  let current: Run | undefined;
  let ready = false;
  let runs = 0;
  const setReady = (value: boolean): void => {
    ready = value;
    supervision.onUp(value);
    if (value) readiness.emit('ready');
  };

  function startRun(): Promise<void> {
    runs += 1;
    const run = runs;
    const worker = startThread(supervision.entry, supervision.dataOf(run));
    const post: PostToThread = (message) => worker.postMessage(message);
    worker.on('message', (message: LogMessage | Exclude<Message, LogMessage>) => {
      if (isLog(message)) {
        logger[message.level](message.fields, message.message);
        return;
      }
      if (message.kind === 'ready') logger.info({ run }, `${name} ready`);
      supervision.onMessage(message, post);
      if (message.kind === 'ready') setReady(true);
    });
    worker.on('error', (error) =>
      logger.error({ err: error, run }, `${name} failed: ${describeError(error)}`),
    );
    const exited = exitOf(worker).then(() => {
      current = undefined;
      setReady(false);
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
      supervision.onRestart();
      logger.warn({ delayMs, run: runs }, `${name} ended by itself: starting it again`);
      await pause(delayMs, stopping.signal);
      if (toldToStop()) return;
      delayMs = Math.min(RESTART_MS_MAX, delayMs * 2);
    }
  }
  const ended = supervise();

  async function stop(): Promise<void> {
    stopping.abort();
    if (current !== undefined) await stopRun(current, supervision);
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

function exitOf(worker: Worker): Promise<void> {
  return new Promise((resolve) => worker.once('exit', () => resolve()));
}

function isLog(message: { readonly kind: string }): message is LogMessage {
  return message.kind === 'log';
}

function startThread(entry: string, workerData: unknown): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`../${entry}.js`, import.meta.url), { workerData });
  }
  return new Worker(new URL('./source-thread.mjs', import.meta.url), {
    argv: [new URL(`../${entry}.ts`, import.meta.url).href],
    execArgv: ['--conditions=@bytebasket/source'],
    workerData,
  });
}

async function stopRun(
  { worker, exited }: Run,
  { name, logger }: { readonly name: string; readonly logger: Logger },
): Promise<void> {
  const message: StopMessage = { kind: 'stop' };
  worker.postMessage(message);
  const overdue = setTimeout(() => {
    logger.warn({ waitedMs: STOP_MS_MAX }, `${name} did not stop in time: ending its thread`);
    // The exit event follows; what was not made durable is done again at the next start.
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
