import { FRAUD_TABLES } from '@bytebasket/server/fraud/tables';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../support/processor-world.js';
import { seededRandom, testSeed } from '../support/random.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { AlertCampaignRun } from './alert-campaign.js';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('alerts-long');
  world = await openWorld({ folder: folder.path, tables: FRAUD_TABLES, partitions: 4 });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

describe('a processor that dies between decision, alert and update', () => {
  test('at any step, 300 times, leaves no alert twice, none missing', async () => {
    const seed = testSeed();
    const run = new AlertCampaignRun({ world, folder: folder.path, random: seededRandom(seed) });
    for (let round = 0; round < 300; round++) await run.crash(round);
    expect(await run.check(), `seed ${seed}`).toEqual([]);
  });

  test('by kill -9, 30 times, leaves the same', async () => {
    const seed = testSeed();
    const run = new AlertCampaignRun({ world, folder: folder.path, random: seededRandom(seed) });
    for (let kills = 0; kills < 30; kills++) await run.kill(1_000);
    expect(await run.check(), `seed ${seed}`).toEqual([]);
  });
});
