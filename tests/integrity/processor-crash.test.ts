import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import {
  crashOften,
  expectExactRows,
  killOften,
  PORT_ACTIONS,
} from '../support/processor-campaigns.js';
import { openWorld, type World } from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor-crash');
  world = await openWorld({ folder: folder.path, partitions: 2 });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

describe('a processor that dies in the middle', () => {
  test('of any step, over and over, leaves exactly the rows of a recount', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const crashes = await crashOften({ world, folder: folder.path, random, rounds: 36 });
    // The check is worth something only if the steps really were met.
    expect([...crashes].sort(), `seed ${seed}`).toEqual([...PORT_ACTIONS].sort());
    await expectExactRows(world, seed);
  });

  test('by kill -9, a few times in a row, loses nothing and folds nothing twice', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const inTheMiddle = await killOften({ world, folder: folder.path, random, rounds: 3 });
    expect(inTheMiddle, `seed ${seed}`).toBeGreaterThan(0);
    await expectExactRows(world, seed);
  });
});
