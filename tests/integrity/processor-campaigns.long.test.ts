import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { countRecord, eventually, openWorld, startProcessor } from '../support/processor-world.js';
import { caughtUp } from '../support/count-model.js';
import { COUNTS_TABLE } from '../support/counting-fold.js';
import { crashOften, expectExactRows, killOften } from '../support/processor-campaigns.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('processor-long');
});
afterEach(() => folder.remove());

describe('a processor that dies in the middle', () => {
  test('of any step, 600 times, leaves exactly the rows of a recount', async () => {
    const world = await openWorld({ folder: folder.path, partitions: 4 });
    const seed = testSeed();
    await crashOften({ world, folder: folder.path, random: seededRandom(seed), rounds: 600 });
    await expectExactRows(world, seed);
    await world.close();
  });

  test('by kill -9, 40 times, loses nothing and folds nothing twice', async () => {
    const world = await openWorld({ folder: folder.path, partitions: 4 });
    const seed = testSeed();
    await killOften({ world, folder: folder.path, random: seededRandom(seed), rounds: 40 });
    await expectExactRows(world, seed);
    await world.close();
  });
});

describe('the machinery of the processor', () => {
  test('costs at most 2 us of CPU per event, reading and all commits included', async () => {
    const world = await openWorld({ folder: folder.path, partitions: 4 });
    const events = 1_000_000;
    const value = Buffer.alloc(200, 7);
    for (const topic of ['user-activity', 'transactions']) {
      for (let from = 0; from < events / 2; from += 2_000) {
        const records = Array.from({ length: 2_000 }, (_, i) => countRecord(`u${from + i}`, '', 4));
        await world.inputs.append(
          topic,
          records.map((record) => ({ ...record, value })),
        );
      }
    }
    const before = process.cpuUsage();
    const running = startProcessor(world, {
      flushIntervalMs: 100,
      snapshotIntervalMs: 2_000,
      folds: [
        {
          name: 'nothing',
          topics: ['user-activity', 'transactions'],
          tables: [COUNTS_TABLE],
          open: () => ({
            apply: () => undefined,
            changedRows: () => [],
            changedChunks: () => new Map(),
          }),
        },
      ],
    });
    await eventually('caught up', () => caughtUp(world.inputs, world.tables), 60_000);
    const { user, system } = process.cpuUsage(before);
    await running.stop();
    await world.close();
    expect((user + system) / events).toBeLessThan(2);
  });
});
