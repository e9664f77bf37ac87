import { once } from 'node:events';
import { expect } from 'vitest';
import { campaignFolds } from './campaign-folds.js';
import type { Random } from './random.js';
import { caughtUp, expectedRows, sortedRows } from './count-model.js';
import { expectExactDecisions } from './decision-model.js';
import { countRecord, eventually, startProcessor, type World } from './processor-world.js';
import { tampered, type PortAction, type Tamper } from './tampered-ports.js';
import { startProcess } from './worker.js';

/** Everything that a processor writes, in the order of a flush. */
export const PORT_ACTIONS: readonly PortAction[] = [
  'ownership',
  'seal',
  'decisions',
  'rows',
  'progress',
  'updates',
  'chunks',
  'flip',
  'remove',
  'commit',
];

export interface Campaign {
  readonly world: World;
  readonly folder: string;
  readonly random: Random;
  readonly rounds: number;
}

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

function someRecords({ world, random }: Campaign, records: number) {
  return Array.from({ length: records }, () =>
    countRecord(`k${random.int(0, 99)}`, `${random.int(0, 999_999)}`, world.inputs.partitions),
  );
}

/** Runs processors that crash at random steps while records come in. Returns the actions at which one crashed. */
export async function crashOften(campaign: Campaign): Promise<ReadonlySet<PortAction>> {
  const { world, random } = campaign;
  const crashes = new Set<PortAction>();
  for (let round = 0; round < campaign.rounds; round++) {
    const action = PORT_ACTIONS[round % PORT_ACTIONS.length] ?? 'rows';
    const crash = crashAt(action, random.chance(0.5) ? 'before' : 'after', random.int(1, 3));
    const running = startProcessor(
      { ...world, ...tampered(world, crash.tamper) },
      {
        flushIntervalMs: random.int(0, 3),
        snapshotIntervalMs: random.int(0, 7),
        recordsMax: 40,
        folds: campaignFolds(),
      },
    );
    const outcome = running.ended.catch((error: unknown) => error);
    for (let i = 0; i < 30 && !crash.crashed(); i++) {
      await Promise.all(
        ['user-activity', 'transactions'].map((topic) =>
          world.inputs.append(topic, someRecords(campaign, random.int(1, 30))),
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, random.int(0, 3)));
    }
    // It may crash while it stops, too.
    if (!crash.crashed()) await Promise.allSettled([running.stop()]);
    const error = await outcome;
    if (crash.crashed()) {
      expect(error).toBeInstanceOf(Crash);
      crashes.add(action);
    } else {
      expect(error).toBeUndefined();
    }
  }
  return crashes;
}

/**
 * Kills a processor in a process of its own, with SIGKILL, while it works. Returns how often it had not finished.
 */
export async function killOften(campaign: Campaign): Promise<number> {
  const { world, folder, random } = campaign;
  const perRound = 6_000;
  let killedInTheMiddle = 0;
  for (let round = 0; round < campaign.rounds; round++) {
    const topic = round % 2 === 0 ? 'user-activity' : 'transactions';
    await world.inputs.append(topic, someRecords(campaign, perRound));
    const child = startProcess(new URL('./processor-child.ts', import.meta.url), {
      folder,
      partitions: world.inputs.partitions,
    });
    const exited = once(child, 'exit');
    let left = random.int(500, perRound - 1_000);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (records) => {
        left -= Number(records);
        if (left <= 0) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the child ended with ${String(code)}`)));
    });
    child.kill('SIGKILL');
    await exited;
    if (!(await caughtUp(world.inputs, world.tables))) killedInTheMiddle += 1;
  }
  return killedInTheMiddle;
}

/**
 * Lets a processor finish undisturbed, then compares every row with a recount from the log, and the decisions with what
 * there was to decide.
 */
export async function expectExactRows(world: World, seed: number): Promise<void> {
  const last = startProcessor(world, { folds: campaignFolds() });
  await eventually('caught up', () => caughtUp(world.inputs, world.tables), 30_000);
  await last.stop();
  expect(await sortedRows(world.tables), `seed ${seed}`).toEqual(
    await sortedRows(expectedRows(world.inputs)),
  );
  await expectExactDecisions(world, seed);
}
