import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { processorMetrics } from './processor-metrics.js';
import type { ProcessorThreadOptions } from './processor-protocol.js';
import { superviseProcessor } from './processor-thread.js';
import { readRuleFile } from './rule-file.js';
import { DEFAULT_RETENTION } from './topic-declarations.js';

const ruleSet = await readRuleFile();

describe('the thread of the processor', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('thread');
  });
  afterEach(() => folder.remove());

  const options = (dataFolder: string): ProcessorThreadOptions => ({
    dataFolder,
    inputsNotifier: createNotifierMemory(),
    derivedNotifier: createNotifierMemory(),
    timeZone: 'UTC',
    ruleSet,
    retention: DEFAULT_RETENTION,
    flushIntervalMs: 100,
    expireIntervalMs: 60_000,
    deadLetterBytesPerHour: 1_000_000,
    owner: 'test',
  });

  test('is started again when it ends by itself, and stays away when it is told to stop', async () => {
    const blocked = join(folder.path, 'blocked');
    await writeFile(blocked, 'a file where a folder should be');
    const registry = new Registry();
    const runs: number[] = [];
    const thread = superviseProcessor({
      logger: pino({ level: 'silent' }),
      metrics: processorMetrics(registry, () => undefined),
      optionsOf: (run) => {
        runs.push(run);
        return options(run === 1 ? blocked : join(folder.path, 'good'));
      },
    });
    expect(thread.ready()).toBe(false);
    await vi.waitFor(() => expect(thread.ready()).toBe(true), { timeout: 15_000, interval: 20 });
    expect(runs).toEqual([1, 2]);
    const text = await registry.metrics();
    expect(text).toContain('bytebasket_processor_restarts_total 1');
    expect(text).toContain('bytebasket_processor_up 1');

    await thread.stop();
    expect(thread.ready()).toBe(false);
    expect(await registry.metrics()).toContain('bytebasket_processor_up 0');
    expect(runs).toEqual([1, 2]);
  });

  test('can be stopped while it waits to be started again', async () => {
    const blocked = join(folder.path, 'blocked');
    await writeFile(blocked, '');
    const restarted = vi.fn();
    const metrics = { ...processorMetrics(new Registry(), () => undefined), restarted };
    const logger = pino({ level: 'silent' });
    const thread = superviseProcessor({ logger, metrics, optionsOf: () => options(blocked) });
    await vi.waitFor(() => expect(restarted).toHaveBeenCalled(), { timeout: 15_000 });
    await thread.stop();
    const ended = restarted.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(restarted).toHaveBeenCalledTimes(ended);
  });
});
