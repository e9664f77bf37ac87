import { FRAUD_TABLES } from '@bytebasket/server/fraud/tables';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openWorld, type World } from '../support/processor-world.js';
import { seededRandom, testSeed } from '../support/random.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { AlertCampaignRun } from './alert-campaign.js';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('alerts');
  world = await openWorld({ folder: folder.path, tables: FRAUD_TABLES });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

describe('a processor that dies between decision, alert and update', () => {
  test('at any step leaves no alert twice, none missing, and every score as it was', async () => {
    const seed = testSeed();
    const run = new AlertCampaignRun({ world, folder: folder.path, random: seededRandom(seed) });
    let crashes = 0;
    for (let round = 0; round < 12; round++) if (await run.crash(round)) crashes += 1;
    expect(await run.check(), `seed ${seed}`).toEqual([]);
    expect(crashes, `seed ${seed}`).toBeGreaterThan(6);
  });

  test('by kill -9 leaves the same', async () => {
    const seed = testSeed();
    const run = new AlertCampaignRun({ world, folder: folder.path, random: seededRandom(seed) });
    await run.kill(400);
    expect(await run.check(), `seed ${seed}`).toEqual([]);
    expect(run.payments).toHaveLength(400);
  });
});
