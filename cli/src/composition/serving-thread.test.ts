import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { view, wanted } from '../../../tests/support/serving-world.js';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { servingMetrics } from './serving-metrics.js';
import type { ServingThreadOptions } from './serving-protocol.js';
import { type ServingThread, startServingThread } from './serving-thread.js';
import { openStorage, type Storage } from './storage.js';
import { DEFAULT_RETENTION } from './topic-declarations.js';

describe('the serving thread', () => {
  let folder: TempFolder;
  let storage: Storage;
  let thread: ServingThread | undefined;
  const memory = { inputs: createNotifierMemory(), derived: createNotifierMemory() };
  const optionsIn = (dataFolder: string): ServingThreadOptions => ({
    dataFolder,
    inputsNotifier: memory.inputs,
    derivedNotifier: memory.derived,
    retention: DEFAULT_RETENTION,
  });
  beforeEach(async () => {
    folder = await tempFolder('serving-thread');
    storage = await openStorage({ ...optionsIn(folder.path), clock: systemClock() });
  });
  afterEach(async () => {
    await thread?.stop();
    await storage.close();
    await folder.remove();
  });

  const start = (registry: Registry, dataFolderOf: (run: number) => string): ServingThread => {
    const logger = pino({ level: 'silent' });
    const metrics = servingMetrics(registry);
    const optionsOf = (run: number) => optionsIn(dataFolderOf(run));
    return (thread = startServingThread({ logger, metrics, optionsOf }));
  };

  test('is started again when it dies, follows the log and answers the same after a stop', async () => {
    const blocked = join(folder.path, 'blocked');
    await writeFile(blocked, 'a file where a folder should be');
    const registry = new Registry();
    const first = start(registry, (run) => (run === 1 ? blocked : folder.path));
    await expect(first.client.ask(wanted('bob'))).rejects.toThrow(/recommender is starting/);
    await vi.waitFor(() => expect(first.ready()).toBe(true), { timeout: 20_000, interval: 20 });

    const visits = [view('ann', 'kettle'), view('ann', 'teapot'), view('bob', 'kettle')];
    const records = visits.map((event) => {
      const key = Buffer.from(event.anonymousId);
      return { partition: 0, key, value: Event.encode(event).finish(), headers: {} };
    });
    await storage.inputs.append('user-activity', records);
    const answer = async () => (await thread?.client.ask(wanted('bob')))?.items;
    await vi.waitFor(async () => expect(await answer()).toHaveLength(1), { interval: 20 });
    const before = await answer();
    expect(before?.[0]).toMatchObject({ itemId: 'teapot', reason: 'because you viewed kettle' });

    await first.stop();
    expect(first.ready()).toBe(false);
    await expect(first.client.ask(wanted('bob'))).rejects.toThrow(/recommender is starting/);
    const text = await registry.metrics();
    expect(text).toContain('bytebasket_serving_restarts_total 1');
    expect(text).toContain('bytebasket_serving_saves_total 1');
    expect(text).toContain('bytebasket_serving_sessions 2');

    const second = start(new Registry(), () => folder.path);
    await second.whenReady(20_000);
    expect(await answer()).toEqual(before);
  }, 40_000);
});
