import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { isServiceError } from '@bytebasket/server/gateway/service-error';
import { oncePerChange } from '@bytebasket/server/gateway/watch/once-per-change';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import {
  openResumableChanges,
  type ChangeCheckpoint,
  type ChangeLimits,
  type ChangeStep,
  type OpenChanges,
  type ResumableChanges,
} from '@bytebasket/server/gateway/watch/resumable-changes';
import type { PlacedChange, UpdateHub } from '@bytebasket/server/gateway/watch/update-hub';
import { createUpdateDecoder } from '@bytebasket/server/gateway/watch/update-decoder';
import { createUpdateEncoder } from '@bytebasket/server/processor/update-encoder';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COUNTS_TABLE, countsTable } from '../support/counting-fold.js';
import { manualClock, type ManualClock } from '../support/manual-clock.js';
import { eventually, openWorld, type World } from '../support/processor-world.js';
import { seededRandom, testSeed } from '../support/random.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
const OTHER_TABLE = 'test_other_counts';
const TABLES = [COUNTS_TABLE.name];
const encoder = createUpdateEncoder([COUNTS_TABLE, countsTable(OTHER_TABLE)], PARTITIONS);

let folder: TempFolder;
let world: World;
let hub: UpdateHub;
let clock: ManualClock;
const closers: (() => unknown)[] = [];
beforeEach(async () => {
  folder = await tempFolder('resumable');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
  clock = manualClock();
  hub = await openUpdateHub(world);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) close();
  await hub.close();
  await world.close();
  await folder.remove();
});

function openChanges(limits: Partial<ChangeLimits> = {}): ResumableChanges {
  const changes = openResumableChanges({ derived: world.derived, hub, clock, limits });
  closers.push(() => changes.close());
  return changes;
}

/** Appends one update for each number. */
async function update(numbers: readonly number[], table: string = COUNTS_TABLE.name) {
  const records = numbers.map((n) =>
    encoder.record(
      table,
      { key: [n % 8, `k${n}`, 'user-activity', 0], cells: { records: n }, writeTime: n + 1 },
      1,
    ),
  );
  await world.derived.append('updates', records);
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);
const numberOf = ({ cells }: PlacedChange): number => Number(cells['records']);

/** Iterates a stream step by step, and says what it got. */
async function follow(changes: ResumableChanges, options: Partial<OpenChanges> = {}) {
  const stop = new AbortController();
  const stream = await changes.open({ tables: TABLES, signal: stop.signal, ...options });
  const steps = stream[Symbol.asyncIterator]();
  const got: number[] = [];
  const checkpoints: ChangeCheckpoint[] = [];
  const next = async (): Promise<ChangeStep | undefined> => {
    const { value, done } = await steps.next();
    if (done === true) return undefined;
    if (value.kind === 'checkpoint') checkpoints.push(value);
    else got.push(...value.changes.map(numberOf));
    return value;
  };
  return {
    got,
    checkpoints,
    next,
    abort: (reason?: unknown) => stop.abort(reason),
    leave: () => steps.return(),
    /** Goes on until all these numbers have come. */
    async until(count: number): Promise<void> {
      while (got.length < count) await next();
    },
  };
}

async function failure(promise: Promise<unknown>): Promise<ErrorReason | undefined> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isServiceError(error) ? error.reason : undefined;
}

describe('a resumable stream', () => {
  test('begins now with a checkpoint, then sends what comes, and what came while nobody asked', async () => {
    await update(numbers(0, 10));
    const one = await follow(openChanges());
    expect((await one.next())?.kind).toBe('checkpoint');
    expect(one.checkpoints[0]?.offsets.reduce((a, b) => a + b)).toBe(10);
    await update(numbers(10, 15));
    await one.until(5);
    expect(one.got.sort((a, b) => a - b)).toEqual(numbers(10, 15));
    await one.leave();
  });

  test('goes on from a checkpoint with what came meanwhile, then live, without gap or repeat', async () => {
    const changes = openChanges();
    const one = await follow(changes);
    await one.next();
    await one.leave();
    await update(numbers(0, 1_500));
    await update(numbers(0, 50), OTHER_TABLE);
    const again = await follow(changes, { from: one.checkpoints[0]?.offsets ?? [] });
    await again.until(700);
    await update(numbers(1_500, 1_700));
    await again.until(1_700);
    expect(again.got.sort((a, b) => a - b)).toEqual(numbers(0, 1_700));
    await again.leave();
  });

  test('sends only what is wanted', async () => {
    const changes = openChanges();
    const wanted = (change: PlacedChange): boolean => numberOf(change) % 2 === 0;
    const one = await follow(changes, { wanted });
    await one.next();
    await update(numbers(0, 10));
    await one.until(5);
    const resumed = await follow(changes, { wanted, from: one.checkpoints[0]?.offsets ?? [] });
    await resumed.until(5);
    expect(resumed.got.sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8]);
    expect(one.got.sort((a, b) => a - b)).toEqual([0, 2, 4, 6, 8]);
  });

  test('has a checkpoint a second after a change, and within ten seconds without one', async () => {
    const one = await follow(openChanges());
    await one.next();
    await update([1]);
    await one.until(1);
    const pending = one.next();
    await clock.advance(999);
    await update([2]);
    expect((await pending)?.kind).toBe('changes');
    const checkpoint = one.next();
    await clock.advance(1);
    expect((await checkpoint)?.kind).toBe('checkpoint');
    const quiet = one.next();
    let came = false;
    void quiet.then(() => (came = true));
    for (let i = 0; i < 7; i++) await clock.advance(1_000);
    expect(came).toBe(false);
    await clock.advance(1_000);
    expect((await quiet)?.kind).toBe('checkpoint');
    expect(one.checkpoints.at(-1)?.offsets).toEqual(hub.offsets());
    await one.leave();
  });

  test('has checkpoints that leave out what came while they were on their way', async () => {
    const changes = openChanges();
    const one = await follow(changes);
    await one.next();
    const delivered = (count: number) =>
      eventually('the hub has it', () => hub.offsets().reduce((a, b) => a + b) === count);
    await update([0]);
    await one.until(1);
    await update(numbers(1, 151));
    await delivered(151);
    await clock.advance(1_000);
    // A checkpoint is due: what waited for it goes first, a hundred at a time.
    await one.until(101);
    await update(numbers(151, 201));
    await delivered(201);
    while (one.checkpoints.length < 2) await one.next();
    expect(one.got.length).toBe(151);
    await one.leave();
    const again = await follow(changes, { from: one.checkpoints[1]?.offsets ?? [] });
    await again.until(50);
    expect(again.got.sort((a, b) => a - b)).toEqual(numbers(151, 201));
    await again.leave();
  });

  test('names a watermark that covers what was sent before it', async () => {
    const one = await follow(openChanges());
    await one.next();
    // Nothing waits in the inputs: everything up to now is in the changes.
    expect(one.checkpoints[0]?.watermarkMs).toBeGreaterThan(Date.now() - 5_000);
    await one.leave();
  });

  test('serves a reader who is slow but reads from the log, whatever came meanwhile', async () => {
    const one = await follow(openChanges({ waitingMax: 100 }));
    await one.next();
    for (let i = 0; i < 10; i++) {
      await update(numbers(i * 300, (i + 1) * 300));
      await eventually('the hub has it', () => hub.offsets().reduce((a, b) => a + b) >= i * 300);
      await clock.advance(1_000);
      await one.next();
    }
    await one.until(3_000);
    expect(one.got.length).toBe(3_000);
    expect(one.got.sort((a, b) => a - b)).toEqual(numbers(0, 3_000));
    await one.leave();
  });

  test('cuts off a reader who takes nothing while too much waits, with a token for what he took', async () => {
    const changes = openChanges({ waitingMax: 100, stallMs: 3_000 });
    const one = await follow(changes);
    await one.next();
    await update(numbers(0, 50));
    await one.until(1);
    await update(numbers(50, 200));
    const all = async (): Promise<number> => hub.offsets().reduce((a, b) => a + b);
    await eventually('the hub has it', async () => (await all()) === 200);
    await clock.advance(2_000);
    await clock.advance(1_000);
    expect((await one.next())?.kind).toBe('checkpoint');
    expect(await failure(one.next())).toBe(ErrorReason.SUBSCRIBER_TOO_SLOW);
    const again = await follow(changes, { from: one.checkpoints.at(-1)?.offsets ?? [] });
    await again.until(200 - one.got.length);
    expect([...one.got, ...again.got].sort((a, b) => a - b)).toEqual(numbers(0, 200));
    await again.leave();
  });

  test('leaves a reader alone who takes nothing while few changes wait', async () => {
    const one = await follow(openChanges({ waitingMax: 100, stallMs: 0 }));
    await one.next();
    await update(numbers(0, 100));
    await eventually('the hub has it', () => hub.offsets().reduce((a, b) => a + b) === 100);
    await clock.advance(60_000);
    await one.until(100);
    expect(one.got.length).toBe(100);
    await one.leave();
  });

  test('refuses a place that expired, one behind the end and one of another log', async () => {
    const small = await openWorld({
      folder: `${folder.path}/small`,
      partitions: PARTITIONS,
      retentionBytes: 2_000,
    });
    const own = await openUpdateHub(small);
    const changes = openResumableChanges({ derived: small.derived, hub: own, clock });
    closers.push(() => changes.close());
    for (let i = 0; i < 20; i++) {
      const row = { key: [0, `k${i}`, 't', 0], cells: { records: i }, writeTime: 1 };
      await small.derived.append(
        'updates',
        numbers(0, 20).map(() => encoder.record(COUNTS_TABLE.name, row, 1)),
      );
    }
    await small.derived.expire(Date.now());
    const bounds = await small.derived.bounds('updates');
    const start = bounds.map((one) => one.start);
    const end = bounds.map((one) => one.end);
    expect(Math.max(...start)).toBeGreaterThan(0);
    const { signal } = new AbortController();
    const open = (from: readonly number[]) => changes.open({ tables: TABLES, from, signal });
    expect(await failure(open(start.map((one) => Math.max(0, one - 1))))).toBe(
      ErrorReason.RESUME_TOKEN_EXPIRED,
    );
    expect(await failure(open(end.map((one) => one + 1)))).toBe(ErrorReason.RESUME_TOKEN_INVALID);
    expect(await failure(open([0]))).toBe(ErrorReason.RESUME_TOKEN_INVALID);
    for (const from of [start, end]) (await open(from)).close();
    await own.close();
    await small.close();
  });

  test('is one of a bounded number, and ends when the caller or the gateway does', async () => {
    const changes = openChanges({ subscribersMax: 2 });
    const one = await follow(changes);
    const two = await follow(changes);
    expect(await failure(follow(changes))).toBe(ErrorReason.TOO_MANY_SUBSCRIBERS);
    await one.next();
    const waiting = one.next();
    const reason = new Error('the caller left');
    one.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await (await follow(changes)).leave();
    await two.next();
    changes.close();
    expect(await failure(two.next())).toBe(ErrorReason.SHUTTING_DOWN);
    expect(await failure(follow(changes))).toBe(ErrorReason.SHUTTING_DOWN);
  });

  test('leaves nothing behind when it is closed without being read', async () => {
    const changes = openChanges({ subscribersMax: 1 });
    for (let i = 0; i < 3; i++) {
      const { signal } = new AbortController();
      const stream = await changes.open({ tables: TABLES, signal });
      stream.close();
      stream.close();
    }
    const one = await follow(changes);
    await one.leave();
  });
});

/** What one session was given: where it began, and the offsets it got, by partition. */
interface Session {
  readonly from: readonly number[];
  readonly got: number[][];
}

/** Offsets of the changes of the watched table, by partition, as the log has them. */
async function ownOffsets(): Promise<number[][]> {
  const decoder = createUpdateDecoder(TABLES);
  return Promise.all(
    numbers(0, PARTITIONS).map(async (partition) => {
      const own: number[] = [];
      for await (const records of world.derived.read('updates', partition, { from: 0 })) {
        for (const { offset, value } of records) {
          if (decoder.decode(value) !== undefined) own.push(offset);
        }
      }
      return own;
    }),
  );
}

describe('a thousand cuts', () => {
  test('at random places leave no gap, and repeat nothing from before the last checkpoint', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const changes = openChanges({ waitingMax: 60 });
    const first = await follow(changes);
    await first.next();
    await first.leave();
    let token = first.checkpoints[0]?.offsets ?? [];
    let written = 0;
    const sessions: Session[] = [];

    async function session(steps: number): Promise<void> {
      const one = await follow(changes, { from: token });
      const got = numbers(0, PARTITIONS).map((): number[] => []);
      sessions.push({ from: token, got });
      for (let i = 0; i < steps; i++) {
        if (random.chance(0.4)) await clock.advance(1_100);
        const step = await one.next();
        if (step?.kind === 'changes') {
          for (const { partition, offset } of step.changes) got[partition]?.push(offset);
        } else if (step?.kind === 'checkpoint') {
          token = step.offsets;
          // Caught up: what comes next is not written yet.
          if (step.watermarkMs > 0) break;
        }
      }
      await one.leave();
    }

    for (let cut = 0; cut < 1_000; cut++) {
      if (random.chance(0.1)) {
        const more = random.int(1, random.chance(0.2) ? 600 : 60);
        await update(numbers(written, written + more));
        if (random.chance(0.3)) await update([cut], OTHER_TABLE);
        written += more;
      }
      await session(random.int(0, 5));
    }
    await session(Infinity);

    const own = await ownOffsets();
    expect(own.flat().length).toBe(written);
    let repeated = 0;
    const seen = new Set<string>();
    for (const { from, got } of sessions) {
      for (const [partition, offsets] of got.entries()) {
        // Exactly what the log has behind the checkpoint, in its order, up to the cut.
        const all = own[partition] ?? [];
        const first = all.findIndex((offset) => offset >= (from[partition] ?? 0));
        const behind = first < 0 ? [] : all.slice(first, first + offsets.length);
        expect(offsets, `seed ${seed}`).toEqual(behind);
        for (const offset of offsets) {
          if (seen.has(`${partition}@${offset}`)) repeated += 1;
          seen.add(`${partition}@${offset}`);
        }
      }
    }
    expect(seen.size, `seed ${seed}: gaps`).toBe(written);
    expect(repeated, `seed ${seed}: some cuts must lie behind a checkpoint`).toBeGreaterThan(0);
  }, 60_000);
});

describe('a message for all', () => {
  test('is made once per change', async () => {
    let made = 0;
    const encode = oncePerChange((change) => {
      made += 1;
      return Buffer.from(`${numberOf(change)}`);
    });
    const changes = openChanges();
    const messages = new Set<Uint8Array>();
    const { signal } = new AbortController();
    const streams = await Promise.all(
      numbers(0, 5).map(() => changes.open({ tables: TABLES, signal })),
    );
    await update(numbers(0, 20));
    for (const stream of streams) {
      let got = 0;
      for await (const step of stream) {
        if (step.kind !== 'changes') continue;
        for (const change of step.changes) messages.add(encode(change));
        got += step.changes.length;
        if (got === 20) break;
      }
    }
    expect(made).toBe(20);
    expect(messages.size).toBe(20);
  });
});
