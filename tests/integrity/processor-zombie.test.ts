import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPortError } from '@bytebasket/server/ports/errors';
import { caughtUp, expectedRows, sortedRows } from '../support/count-model.js';
import {
  countRecord,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { lonely, tampered, type PortAction, type Tamper } from '../support/tampered-ports.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor-zombie');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

/** Holds the first `action` back until released, as a paused process does. */
function pauseAt(action: PortAction) {
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  let paused = false;
  const tamper: Tamper = async (at, when) => {
    if (at !== action || when !== 'before') return;
    paused = true;
    await released;
  };
  return { tamper, release, paused: () => paused };
}

function append(from: number, to: number): Promise<unknown> {
  const records = Array.from({ length: to - from }, (_, i) =>
    countRecord(`k${(from + i) % 11}`, `${from + i}`, PARTITIONS),
  );
  return world.inputs.append('user-activity', records);
}

describe('an owner that was paused while another one took over', () => {
  test.each<PortAction>(['rows', 'updates', 'progress', 'chunks', 'flip'])(
    'cannot move rows or snapshots backwards when it wakes before its %s',
    async (action) => {
      const pause = pauseAt(action);
      const inputs = lonely(world.inputs);
      const fenced: number[] = [];
      await append(0, 200);
      const zombie = startProcessor(
        { ...world, ...tampered({ ...world, inputs }, pause.tamper) },
        { owner: 'zombie', observe: { fenced: ({ epoch }) => fenced.push(epoch) } },
      );
      const outcome = zombie.ended.catch((error: unknown) => error);
      await eventually(`the zombie stands before ${action}`, () => pause.paused());

      const owner = startProcessor({ ...world, inputs }, { owner: 'new' });
      await append(200, 700);
      await eventually('the new owner caught up', () => caughtUp(world.inputs, world.tables));
      const expected = await sortedRows(expectedRows(world.inputs));
      expect(await sortedRows(world.tables)).toEqual(expected);

      pause.release();
      const error = await outcome;
      expect(isPortError(error, 'Fenced'), String(error)).toBe(true);
      expect(fenced.length).toBeGreaterThan(0);
      expect(fenced.every((epoch) => epoch === 1)).toBe(true);
      expect(await sortedRows(world.tables)).toEqual(expected);

      // The new owner never noticed, and what it left can be gone on with.
      await append(700, 900);
      await eventually('the new owner goes on', () => caughtUp(world.inputs, world.tables));
      await owner.stop();
      await append(900, 1_000);
      const next = startProcessor(world, { owner: 'third' });
      await eventually('the third owner caught up', () => caughtUp(world.inputs, world.tables));
      await next.stop();
      expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
    },
  );

  test('stops at once although only one of its partitions was taken', async () => {
    const inputs = lonely(world.inputs);
    const lost: string[] = [];
    const first = startProcessor(
      { ...world, inputs },
      { observe: { fenced: ({ topic, partition }) => lost.push(`${topic}/${partition}`) } },
    );
    await append(0, 50);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    const row = await world.tables.get('processor_snapshots', ['counting', 'user-activity', 0]);
    await world.tables.compareAndSet('processor_snapshots', {
      key: ['counting', 'user-activity', 0],
      expected: { epoch: Number(row?.cells['epoch']) },
      next: { epoch: 7 },
      writeTime: Date.now() * 1_000,
    });
    await append(50, 150);
    await eventually('the loss is noticed', () => lost.length > 0);
    expect(lost).toEqual(['user-activity/0']);
    // The other partitions go on.
    await append(150, 250);
    await eventually('partition 1 goes on', async () => {
      const [, bounds] = await world.inputs.bounds('user-activity');
      const progress = await world.tables.get('processor_progress', [
        'processor',
        'user-activity',
        1,
      ]);
      return progress?.cells['next_offset'] === bounds?.end;
    });
    await first.stop();
  });
});
