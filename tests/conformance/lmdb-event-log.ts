/** The lmdb log as the suites want it; also opened from other threads and processes. */
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { manualClock } from '../support/manual-clock.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { TOPICS } from './event-log/context.js';
import type { EventLogConformance, EventLogFixture, EventLogSetup } from './event-log/context.js';

interface LmdbFixture extends EventLogFixture {
  readonly temp: TempFolder;
  readonly setup: EventLogSetup;
  readonly notifier: SharedArrayBuffer;
}

interface Argument {
  readonly folder: string;
  readonly notifier: SharedArrayBuffer | undefined;
}

/** Opens the log of a test from another thread (which shares the notifier) or process. */
export function openElsewhere(argument: unknown): Promise<EventLog> {
  const { folder, notifier } = argument as Argument;
  return openLmdbEventLog({ folder, notifier, topics: TOPICS, clock: systemClock() });
}

async function openIn(
  temp: TempFolder,
  setup: EventLogSetup,
  clock = manualClock(),
): Promise<LmdbFixture> {
  const notifier = createNotifierMemory();
  const log = await openLmdbEventLog({ folder: temp.path, notifier, clock, ...setup });
  return {
    log,
    clock,
    temp,
    setup,
    notifier,
    async dispose() {
      await log.close();
      await temp.remove();
    },
  };
}

export const lmdbEventLog: EventLogConformance = {
  name: 'lmdb',
  capabilities: { singleWriter: true, atomicAppend: true, sharedGroups: false },
  open: async (setup) => openIn(await tempFolder('log'), setup),
  async restart(fixture) {
    const { log, temp, setup, clock } = fixture as LmdbFixture;
    await log.close();
    return openIn(temp, setup, clock);
  },
  elsewhere: {
    module: new URL(import.meta.url),
    argument(fixture, where) {
      const { temp, notifier } = fixture as LmdbFixture;
      return { folder: temp.path, notifier: where === 'thread' ? notifier : undefined };
    },
  },
};
