import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../contract/support/random.js';
import { caughtUp, expectedRows, sortedRows } from '../support/count-model.js';
import {
  countRecord,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { startProcess } from '../support/worker.js';

const PARTITIONS = 2;
const KILLS = 3;
const RECORDS_PER_ROUND = 6_000;

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor-kill');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

describe('a processor killed with kill -9', () => {
  test(`loses nothing and folds nothing twice, ${KILLS} times in a row`, async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const child = new URL('../support/processor-child.ts', import.meta.url);
    let killedInTheMiddle = 0;
    for (let round = 0; round < KILLS; round++) {
      await world.inputs.append(
        round % 2 === 0 ? 'user-activity' : 'transactions',
        Array.from({ length: RECORDS_PER_ROUND }, () =>
          countRecord(`k${random.int(0, 99)}`, `${random.int(0, 999_999)}`, PARTITIONS),
        ),
      );
      const process = startProcess(child, { folder: folder.path, partitions: PARTITIONS });
      const exited = once(process, 'exit');
      let left = random.int(500, RECORDS_PER_ROUND - 1_000);
      await new Promise<void>((resolve, reject) => {
        process.on('message', (records) => {
          left -= Number(records);
          if (left <= 0) resolve();
        });
        process.once('exit', (code) => reject(new Error(`the child ended with ${String(code)}`)));
      });
      process.kill('SIGKILL');
      await exited;
      if (!(await caughtUp(world.inputs, world.tables))) killedInTheMiddle += 1;
    }
    expect(killedInTheMiddle, `seed ${seed}`).toBeGreaterThan(0);
    const last = startProcessor(world);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await last.stop();
    expect(await sortedRows(world.tables), `seed ${seed}`).toEqual(
      await sortedRows(expectedRows(world.inputs)),
    );
  }, 30_000);
});
