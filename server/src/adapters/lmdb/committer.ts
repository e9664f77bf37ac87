import { isPortError, PortError } from '../../ports/errors.js';
import { classifyFailure } from './failure.js';

/** Part of a group commit. All works of one group become durable together or not at all. */
export interface CommitWork {
  /** Runs inside the write transaction; synchronous; runs again when another work of the group threw. */
  apply(): void;
  /** The transaction is durable and visible. */
  done(): void;
  /** Nothing of it was kept. */
  failed(error: unknown): void;
  /** True when it frees room: it may run although the disk is nearly full. */
  readonly frees: boolean;
}

/** Gives the work that waits at a source, or undefined when another call took it already. */
export type WorkSource = () => CommitWork | undefined;

export interface CommitterOptions {
  readonly folder: string;
  /** Runs `body` in one write transaction; resolves when durable; when `body` throws nothing is kept. */
  readonly transact: (body: () => void) => Promise<unknown>;
  /** Called after each durable commit, before its works are told. */
  readonly committed: () => void;
  /** Whether the environment still answers after a failed commit. */
  readonly sound: () => boolean;
  /** Called once when the environment must not be written any more. */
  readonly broken: (cause: unknown) => void;
  /** Throws PortError Unavailable when there is too little room to write. */
  readonly checkRoom: () => Promise<void>;
}

export interface Committer {
  /** Has `source` asked when the next group is put together. */
  submit(source: WorkSource): void;
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>;
}

/**
 * Commits in groups: whatever arrived while the previous commit ran goes into the next one, so that a sync of the
 * disk is shared by everybody who waits. One commit at a time.
 */
export function createCommitter(options: CommitterOptions): Committer {
  const sources = new Set<WorkSource>();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // The end of this turn of the event loop: callers of one turn share the first commit too.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (sources.size > 0) {
      const group = collect(sources);
      if (group.length > 0) await commitGroup(group, options);
    }
    running = undefined;
  }

  return {
    submit(source) {
      sources.add(source);
      running ??= run();
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}

function collect(sources: Set<WorkSource>): CommitWork[] {
  const asked = [...sources];
  sources.clear();
  const group: CommitWork[] = [];
  for (const source of asked) {
    const work = source();
    if (work !== undefined) group.push(work);
  }
  return group;
}

async function commitGroup(group: readonly CommitWork[], options: CommitterOptions): Promise<void> {
  let left = group;
  try {
    await options.checkRoom();
  } catch (error) {
    for (const work of left) if (!work.frees) work.failed(error);
    left = left.filter((work) => work.frees);
  }
  while (left.length > 0) {
    const thrown = await attempt(left, options);
    if (thrown === undefined) return;
    thrown.work.failed(thrown.error);
    left = left.filter((work) => work !== thrown.work);
  }
}

interface Thrown {
  readonly work: CommitWork;
  readonly error: unknown;
}

/** Commits `group`; returns the work that threw (nothing was kept then), undefined when all were told the outcome. */
async function attempt(
  group: readonly CommitWork[],
  options: CommitterOptions,
): Promise<Thrown | undefined> {
  let current: CommitWork | undefined;
  try {
    await options.transact(() => {
      for (const work of group) {
        current = work;
        work.apply();
      }
      current = undefined;
    });
  } catch (error) {
    if (current !== undefined && !storeError(error)) return { work: current, error };
    await settleFailure(group, error, options);
    return undefined;
  }
  options.committed();
  for (const work of group) work.done();
  return undefined;
}

async function settleFailure(
  group: readonly CommitWork[],
  error: unknown,
  options: CommitterOptions,
): Promise<void> {
  if (isPortError(error)) {
    for (const work of group) work.failed(error);
    return;
  }
  const failure = await classifyFailure(error, options.folder);
  // lmdb gives up for good when the page that names the newest commit could not be written, even for lack of room.
  const full = failure.kind === 'full' && options.sound();
  if (!full) options.broken(failure.cause);
  const message = full
    ? `no room to write in ${options.folder}: free some space, then try again`
    : `writing to ${options.folder} failed: check the disk, then restart`;
  const told = new PortError('Unavailable', message, {
    cause: failure.cause,
    retryAfterMs: 1_000,
  });
  for (const work of group) work.failed(told);
}

/** lmdb's own errors carry a number; anything else came from the work. */
function storeError(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
  );
}
