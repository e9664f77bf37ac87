import { randomUUID } from 'node:crypto';
import {
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { PortError } from '../../ports/errors.js';

/*
 * One process owns a data folder. Node has no file locks, so ownership is a file `owner.<n>`:
 *  - it appears whole (written aside, then linked), and `link` lets one of several racers have a number;
 *  - a later owner takes the next number and only then deletes lower ones; who finds a higher number than the one it
 *    just took has lost. The highest file is never deleted, only marked as released, so numbers are never used twice.
 * Whether an owner lives is asked by pid and start time, so a reused pid is no owner. Where that cannot be asked (other
 * systems, other containers) the owner's heartbeat counts: it touches its file.
 */
const NAME = /^owner\.(\d{1,15})$/;
const HEARTBEAT_MS = 5_000;
const HEARTBEAT_LOST_MS = 30_000;
const ATTEMPTS_MAX = 20;

export interface FolderLock {
  readonly folder: string;
  /** Gives the folder up. Idempotent. */
  release(): Promise<void>;
}

interface Owner {
  readonly pid: number;
  /** Start of that process and where its pid means something; undefined where the system does not tell. */
  readonly startedAt: string | undefined;
  readonly world: string | undefined;
  readonly released: boolean;
}

interface OwnerFile {
  readonly number: number;
  readonly path: string;
}

/**
 * Takes `folder` (made when absent) for this process. Throws Conflict when another process, or this one, owns it: the
 * message names folder and pid. An owner that died is replaced. Take it before opening anything inside; threads of
 * the owning process need not ask again.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const current = await newest(folder);
    if (current !== undefined) await assertGone(folder, current);
    const next = fileOf(folder, (current?.number ?? 0) + 1);
    if (await claim(folder, next)) return held(folder, next);
  }
  throw new PortError('Conflict', `${folder} is being taken by other processes: try again`);
}

function fileOf(folder: string, number: number): OwnerFile {
  return { number, path: join(folder, `owner.${number}`) };
}

async function numbers(folder: string): Promise<number[]> {
  const found = (await readdir(folder)).map((name) => NAME.exec(name)?.[1]);
  return found.flatMap((text) => (text === undefined ? [] : [Number(text)])).sort((a, b) => a - b);
}

async function newest(folder: string): Promise<OwnerFile | undefined> {
  const last = (await numbers(folder)).at(-1);
  return last === undefined ? undefined : fileOf(folder, last);
}

async function assertGone(folder: string, file: OwnerFile): Promise<void> {
  const text = await readFile(file.path, 'utf8').catch(whenAbsent(undefined));
  // A higher number came and cleaned up; the next round sees it.
  if (text === undefined) return;
  const owner = parse(text);
  if (owner === undefined || owner.released || !(await alive(owner, file))) return;
  throw new PortError(
    'Conflict',
    `${folder} is in use by process ${owner.pid}: stop that process, or choose another folder`,
  );
}

// The file appears whole, so what cannot be read was cut short by a crash of the machine: its owner is gone.
function parse(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function alive(owner: Owner, file: OwnerFile): Promise<boolean> {
  const here = await identity(process.pid);
  if (owner.world !== undefined && owner.world === here.world) {
    return owner.startedAt === (await identity(owner.pid)).startedAt;
  }
  const touched = await stat(file.path).catch(whenAbsent(undefined));
  return touched !== undefined && Date.now() - touched.mtimeMs < HEARTBEAT_LOST_MS;
}

/** Linux tells when a process started, in ticks since boot, and in which boot and pid namespace that is. */
async function identity(pid: number): Promise<Pick<Owner, 'startedAt' | 'world'>> {
  const [boot, namespace, status] = await Promise.all([
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(whenAbsent(undefined)),
    readlink('/proc/self/ns/pid').catch(whenAbsent(undefined)),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(whenAbsent(undefined)),
  ]);
  const world = boot === undefined || namespace === undefined ? undefined : boot.trim() + namespace;
  // The name in the second field may hold blanks and brackets; behind it are the state and, 20th, the start time.
  const fields = status?.slice(status.lastIndexOf(')') + 2).split(' ') ?? [];
  // A zombie runs no more and waits for a parent that may never look.
  const startedAt = fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  return { startedAt, world };
}

async function writeAside(folder: string, owner: Owner): Promise<string> {
  const aside = join(folder, `owner-${randomUUID()}`);
  await writeFile(aside, JSON.stringify(owner), { flag: 'wx' });
  return aside;
}

/** Returns whether the number is ours. */
async function claim(folder: string, file: OwnerFile): Promise<boolean> {
  const owner: Owner = { pid: process.pid, released: false, ...(await identity(process.pid)) };
  const aside = await writeAside(folder, owner);
  try {
    await link(aside, file.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
  const present = await numbers(folder);
  if ((present.at(-1) ?? 0) > file.number) {
    await rm(file.path, { force: true });
    return false;
  }
  const lower = present.filter((number) => number < file.number);
  await Promise.all(lower.map((number) => rm(fileOf(folder, number).path, { force: true })));
  return true;
}

function held(folder: string, file: OwnerFile): FolderLock {
  const beat = setInterval(() => {
    const now = new Date();
    // A folder that was deleted under us has no owner left to protect.
    utimes(file.path, now, now).catch(whenAbsent(undefined)).catch(stop);
  }, HEARTBEAT_MS);
  function stop(): void {
    clearInterval(beat);
  }
  beat.unref();
  let released: Promise<void> | undefined;

  async function release(): Promise<void> {
    stop();
    const owner = { pid: process.pid, released: true, startedAt: undefined, world: undefined };
    if ((await stat(folder).catch(whenAbsent(undefined))) === undefined) return;
    await rename(await writeAside(folder, owner), file.path);
  }
  return {
    folder,
    release() {
      released ??= release();
      return released;
    },
  };
}

function whenAbsent<T>(value: T): (error: unknown) => T {
  return (error) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH') return value;
    throw error;
  };
}
