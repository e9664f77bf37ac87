import { PortError } from '@bytebasket/server/ports/errors';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { epochOf, sourceTopicOf } from '@bytebasket/server/processor/decide';
import type { FoldDefinition } from '@bytebasket/server/processor/fold';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caughtUp } from '../support/count-model.js';
import { countingFold } from '../support/counting-fold.js';
import { decidingFold, DECISIONS, type DecidingFoldOptions } from '../support/deciding-fold.js';
import {
  decisionRecords,
  effectiveDecisions,
  expectExactDecisions,
} from '../support/decision-model.js';
import {
  countRecord,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { lonely, tampered } from '../support/tampered-ports.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('decisions');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

function append(from: number, to: number, topic = 'transactions'): Promise<readonly number[]> {
  const records = Array.from({ length: to - from }, (_, i) =>
    countRecord(`k${(from + i) % 13}`, `${from + i}`, PARTITIONS),
  );
  return world.inputs.append(topic, records);
}

const run = (options: DecidingFoldOptions = {}) =>
  startProcessor(world, { folds: [decidingFold(options)] });
const isCaughtUp = (): Promise<boolean> => caughtUp(world.inputs, world.tables);

describe('the decide stage', () => {
  test('decides everything once, in record order, over restarts', async () => {
    for (let i = 0; i < 4; i++) {
      const running = run();
      await append(i * 300, (i + 1) * 300, i % 2 === 0 ? 'transactions' : 'user-activity');
      await eventually('caught up', isCaughtUp);
      await running.stop();
    }
    await expectExactDecisions(world, 0);
    for (const records of await decisionRecords(world.derived)) {
      for (const record of records) {
        expect(epochOf(record)).toBeGreaterThan(0);
        expect(['transactions', 'user-activity']).toContain(sourceTopicOf(record));
      }
    }
  });

  test('puts decisions into the topic before the rows of the same records are there', async () => {
    let rowsBefore: boolean | undefined;
    const rows = async (): Promise<number> => {
      let found = 0;
      for (let bucket = 0; bucket < 8; bucket++) {
        for await (const row of world.tables.scan('test_counts', [bucket])) found += row.key.length;
      }
      return found;
    };
    const ports = tampered(world, async (action, when) => {
      if (action === 'decisions' && when === 'before') rowsBefore = (await rows()) > 0;
    });
    await append(0, 10);
    const running = startProcessor(
      { ...world, ...ports },
      { folds: [countingFold(), decidingFold()] },
    );
    await eventually('caught up', isCaughtUp);
    await running.stop();
    expect(rowsBefore).toBe(false);
    expect(await rows()).toBeGreaterThan(0);
  });

  const readingFold = (apply: (decision: string) => void): FoldDefinition => ({
    name: 'reading',
    topics: [DECISIONS],
    tables: [],
    open: () => ({
      apply: ({ record }) => apply(Buffer.from(record.value).toString()),
      changedRows: () => [],
      changedChunks: () => new Map<string, Uint8Array>(),
    }),
  });
  const allTopics = (): EventLog =>
    routedLog({
      'user-activity': world.inputs,
      transactions: world.inputs,
      [DECISIONS]: world.derived,
    });

  test('lets folds of the same processor read the decisions, by a log over two', async () => {
    const seen = new Set<string>();
    const reading = readingFold((decision) => seen.add(decision));
    const folds = [decidingFold({ topics: ['transactions'] }), reading];
    const running = startProcessor({ ...world, inputs: allTopics() }, { folds });
    await append(0, 500);
    await eventually('all decisions were folded', () => seen.size === 500);
    await running.stop();
  });

  test('has what follows from decisions flushed without a whole interval in between', async () => {
    const flushes: { readonly partitions: number; readonly atMs: number }[] = [];
    const running = startProcessor(
      { ...world, inputs: allTopics() },
      {
        folds: [decidingFold({ topics: ['transactions'] }), readingFold(() => undefined)],
        flushIntervalMs: 8_000,
        observe: {
          flushed: ({ partitions }) => flushes.push({ partitions, atMs: performance.now() }),
        },
      },
    );
    await append(0, 1);
    await eventually('the decision was flushed', () => flushes.length === 2);
    const [first, second] = flushes.map(({ atMs }) => atMs);
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(4_000);
    await running.stop();
  });

  test('decides again what failed for a while, and stops at any other failure', async () => {
    let failures = 0;
    const before = (): Promise<void> => {
      failures += 1;
      if (failures <= 3) return Promise.reject(new PortError('Unavailable', 'planted'));
      return Promise.resolve();
    };
    const running = run({ before });
    await append(0, 50);
    await eventually('caught up', isCaughtUp);
    await running.stop();
    await expectExactDecisions(world, 0);
    expect(failures).toBeGreaterThan(3);

    const failure = new Error('the stage broke');
    const broken = run({ before: () => Promise.reject(failure) });
    await append(50, 60);
    await expect(broken.ended).rejects.toBe(failure);
    expect(await isCaughtUp()).toBe(false);
    const again = run();
    await eventually('caught up again', isCaughtUp);
    await again.stop();
    await expectExactDecisions(world, 0);
  });

  test('gives a stage at most 1,000 things at a time, however many wait', async () => {
    const sizes: number[] = [];
    await world.inputs.append(
      'transactions',
      Array.from({ length: 2_500 }, (_, i) => ({ ...countRecord('k', `${i}`, 1), partition: 0 })),
    );
    const stage = decidingFold({ before: async (pending) => void sizes.push(pending.length) });
    const running = startProcessor(world, {
      folds: [stage],
      flushIntervalMs: 300,
      recordsMax: 9_999,
    });
    await eventually('caught up', isCaughtUp);
    await running.stop();
    expect(Math.max(...sizes)).toBe(1_000);
    await expectExactDecisions(world, 0);
  });

  test('decides an id once within a flush', async () => {
    const idOf = (): string => 'the same';
    await append(0, 20);
    const running = startProcessor(world, {
      folds: [decidingFold({ idOf, topics: ['transactions'] })],
      flushIntervalMs: 200,
    });
    await eventually(
      'caught up',
      async () => (await decisionRecords(world.derived)).flat().length > 0,
    );
    await running.stop();
    const counts = (await decisionRecords(world.derived)).map((records) => records.length);
    expect(Math.max(...counts)).toBe(1);
  });

  test('reads no old decisions at a start, also when none were its own', async () => {
    const foreign = { partition: 0, key: Buffer.from('k'), value: Buffer.from('{}'), headers: {} };
    await world.derived.append(
      DECISIONS,
      Array.from({ length: 5_000 }, () => foreign),
    );
    const first = run({ wanted: () => false });
    await append(0, 200);
    await eventually('caught up', isCaughtUp);
    await first.stop();
    const from = new Map<number, number>();
    const derived = {
      ...world.derived,
      read: (...[topic, partition, options]: Parameters<World['derived']['read']>) => {
        if (partition === 0) from.set(from.size, options.from);
        return world.derived.read(topic, partition, options);
      },
    };
    await append(200, 210);
    const second = startProcessor({ ...world, derived }, { folds: [decidingFold()] });
    await eventually('caught up', isCaughtUp);
    await second.stop();
    // transactions/0 had records, so its snapshot knows the place; user-activity/0 never had one.
    expect([...from.values()].sort((a, b) => a - b)).toEqual([0, 5_000]);
  });

  test('refuses to go on when the topic lost decisions', async () => {
    const running = run();
    await append(0, 100);
    await eventually('caught up', isCaughtUp);
    await running.stop();
    const empty = await openWorld({ folder: `${folder.path}/other`, partitions: PARTITIONS });
    const again = startProcessor({ ...world, derived: empty.derived }, { folds: [decidingFold()] });
    await expect(again.ended).rejects.toThrow('lost decisions');
    await empty.close();
  });

  test('counts one decision per record when an owner wakes after another one took over', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let paused = false;
    const inputs = lonely(world.inputs);
    const ports = tampered({ ...world, inputs }, async (action, when) => {
      if (action !== 'decisions' || when !== 'before') return;
      paused = true;
      await released;
    });
    await append(0, 200);
    const zombie = startProcessor({ ...world, ...ports }, { folds: [decidingFold()] });
    const outcome = zombie.ended.catch((error: unknown) => error);
    await eventually('the zombie stands before its decisions', () => paused);
    const owner = startProcessor({ ...world, inputs }, { folds: [decidingFold()] });
    await append(200, 400);
    await eventually('the new owner caught up', isCaughtUp);
    const before = await effectiveDecisions(world.derived);
    release();
    await outcome;
    await owner.stop();
    const third = run();
    await append(400, 500);
    await eventually('the third owner caught up', isCaughtUp);
    await third.stop();
    const after = await effectiveDecisions(world.derived);
    expect(after.size).toBe(500);
    for (const [id, decision] of before) expect(after.get(id)).toEqual(decision);
    // The zombie did write, and nobody counts it.
    expect((await decisionRecords(world.derived)).flat().length).toBeGreaterThan(500);
  });
});
