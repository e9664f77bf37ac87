/**
 * Runs TypeScript programs in worker threads and child processes, from tests.
 *
 * Node 20 neither loads TypeScript in a worker nor passes the loaders of its parent on: `--import tsx` among a worker's
 * `execArgv` is accepted and does nothing. What works: a plain JavaScript entry that registers tsx's loader and then
 * imports the program (`worker-entry.mjs`), with the condition that makes our packages resolve to their sources. A
 * child process takes `--import tsx` as it is. Both start in about 0.2 s and need no build.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const SOURCE_CONDITION = '--conditions=@bytebasket/source';

/** Starts `program` (a .ts file) in a thread; it finds `data` under `workerData.data`. */
export function startWorker(program: URL, data: unknown): Worker {
  return new Worker(new URL('./worker-entry.mjs', import.meta.url), {
    workerData: { program: program.href, data },
    execArgv: [SOURCE_CONDITION],
  });
}

/** Starts `program` (a .ts file) in a process with an IPC channel; it finds `data`, as JSON, in `process.argv[2]`. */
export function startProcess(program: URL, data: unknown): ChildProcess {
  return fork(fileURLToPath(program), [JSON.stringify(data)], {
    execArgv: ['--import', 'tsx', SOURCE_CONDITION],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** The next message of a worker or a process; rejects when it ends or fails first. */
export async function nextMessage<T>(from: Worker | ChildProcess): Promise<T> {
  const ended = new AbortController();
  try {
    const gone = once(from, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`ended with ${String(code)} before it sent a message`);
    });
    const [message] = (await Promise.race([
      once(from, 'message', { signal: ended.signal }),
      gone,
    ])) as [T];
    gone.catch(() => undefined);
    return message;
  } finally {
    ended.abort();
  }
}
