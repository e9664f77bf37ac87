import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  countRecord,
  countRows,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor');
  world = await openWorld({ folder: folder.path });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

describe('the processor', () => {
  test('counts every record once, across a restart', async () => {
    const append = (from: number, to: number) =>
      world.inputs.append(
        'user-activity',
        Array.from({ length: to - from }, (_, i) =>
          countRecord(`k${(from + i) % 7}`, `${from + i}`, 2),
        ),
      );
    const total = async () =>
      [...(await countRows(world.tables)).values()].reduce(
        (s, r) => s + Number(r.cells['records']),
        0,
      );
    const first = startProcessor(world);
    await append(0, 500);
    await eventually('500', async () => (await total()) === 500);
    await append(500, 1000);
    await first.stop();
    const second = startProcessor(world);
    await append(1000, 1500);
    await eventually('1500', async () => (await total()) === 1500);
    await second.stop();
    expect(await total()).toBe(1500);
  });
});
