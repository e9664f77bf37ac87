import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ByteBasketError } from '../errors/byte-basket-error.js';

/** A folder that belongs to one client until it is released. */
export interface FolderLock {
  /** Gives the folder up. Idempotent. */
  release(): void;
}

const NAME = /^lock\.(\d+)\.(\d+)\.[0-9a-f]+$/;

/** Field 22 of /proc/<pid>/stat, counted after the name in parentheses: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const START_TIME_FIELD = 19;

/**
 * Takes a folder. Throws QUEUE_LOCKED when a living process on this machine (this one included) holds it. What a dead
 * one left is cleared away. Everybody first puts up a file of their own and then looks for others, so two can never both
 * succeed; when two try in the same instant, both may fail. Processes that see each other under other ids
 * (containers that share the folder) are not noticed.
 */
export function lockFolder(folder: string): FolderLock {
  const mine = `lock.${process.pid}.${startTime(process.pid)}.${randomBytes(6).toString('hex')}`;
  closeSync(openSync(join(folder, mine), 'wx', 0o600));
  const release = (): void => {
    rmSync(join(folder, mine), { force: true });
  };
  for (const name of readdirSync(folder)) {
    const [, pid, started] = NAME.exec(name) ?? [];
    if (name === mine || pid === undefined) continue;
    if (alive(Number(pid), started)) {
      release();
      throw locked(folder, pid);
    }
    rmSync(join(folder, name), { force: true });
  }
  return { release };
}

function alive(pid: number, started: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    // EPERM: it lives and belongs to somebody else.
    if (code !== 'EPERM') return false;
  }
  // The system gives numbers of dead processes to new ones: those started at another time.
  const now = startTime(pid);
  return started === '0' || now === '0' || now === started;
}

/** When a process started, in ticks since the machine did; `0` where the system does not tell (outside Linux). */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[START_TIME_FIELD] ?? '0';
  } catch {
    // No /proc here, or the process ended this moment; the caller takes both as unknown.
    return '0';
  }
}

function locked(folder: string, pid: string): ByteBasketError {
  return new ByteBasketError(
    `the queue folder ${folder} is held by process ${pid}: close that client or use another folder`,
    {
      reason: 'QUEUE_LOCKED',
      code: 'FAILED_PRECONDITION',
      retryable: false,
      metadata: { folder, pid },
    },
  );
}
