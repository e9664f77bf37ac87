import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed, type Random } from '../contract/support/random.js';
import { caughtUp, expectedRows, sortedRows } from '../support/count-model.js';
import {
  countRecord,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tampered, type PortAction, type Tamper } from '../support/tampered-ports.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
const ACTIONS: readonly PortAction[] = [
  'ownership',
  'seal',
  'rows',
  'progress',
  'updates',
  'chunks',
  'flip',
  'remove',
  'commit',
];

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor-crash');
  world = await openWorld({ folder: folder.path, partitions: PARTITIONS });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

class Crash extends Error {}

/** Crashes at the `nth` time of an action: nothing that comes later has any effect. */
function crashAt(action: PortAction, when: 'before' | 'after', nth: number) {
  let times = 0;
  let crashed = false;
  const tamper: Tamper = async (at, moment) => {
    if (at === action && moment === when) times += 1;
    if (times >= nth) crashed = true;
    if (crashed) throw new Crash(`${when} ${action}`);
  };
  return { tamper, crashed: () => crashed };
}

function appendSome(random: Random, records: number): Promise<unknown> {
  const topics = ['user-activity', 'transactions'];
  return Promise.all(
    topics.map((topic) =>
      world.inputs.append(
        topic,
        Array.from({ length: records }, () =>
          countRecord(`k${random.int(0, 39)}`, `${random.int(0, 999_999)}`, PARTITIONS),
        ),
      ),
    ),
  );
}

describe('a processor that crashes', () => {
  test('at any step and over and over leaves exactly the rows of a recount', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const crashes = new Set<string>();
    for (let round = 0; round < 45; round++) {
      const action = ACTIONS[round % ACTIONS.length] ?? 'rows';
      const when = random.chance(0.5) ? 'before' : 'after';
      const crash = crashAt(action, when, random.int(1, 3));
      const running = startProcessor(
        { ...world, ...tampered(world, crash.tamper) },
        { flushIntervalMs: random.int(0, 3), snapshotIntervalMs: random.int(0, 7), recordsMax: 40 },
      );
      const outcome = running.ended.catch((error: unknown) => error);
      const appending = (async () => {
        for (let i = 0; i < 20 && !crash.crashed(); i++) {
          await appendSome(random, random.int(1, 30));
          await new Promise((resolve) => setTimeout(resolve, random.int(0, 3)));
        }
      })();
      const ended = await Promise.race([outcome, appending.then(() => undefined)]);
      await appending;
      if (ended instanceof Crash || crash.crashed()) {
        expect(await outcome, `seed ${seed}`).toBeInstanceOf(Crash);
        crashes.add(action);
      } else {
        await running.stop();
      }
    }
    // The check is worth something only if the steps really were met.
    expect([...crashes].sort(), `seed ${seed}`).toEqual([...ACTIONS].sort());
    const last = startProcessor(world);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await last.stop();
    expect(await sortedRows(world.tables), `seed ${seed}`).toEqual(
      await sortedRows(expectedRows(world.inputs)),
    );
  }, 20_000);
});
