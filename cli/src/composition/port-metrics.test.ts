import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { measuredStorage, portMetrics } from './port-metrics.js';
import { openStorage } from './storage.js';
import { DEFAULT_RETENTION } from './topic-declarations.js';

describe('the metrics of log, tables and disk', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('ports');
  });
  afterEach(() => folder.remove());

  const valueOf = (text: string, name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.split(' ')[1],
    );

  test('count each call once by handle, operation and outcome, and know the room', async () => {
    const registry = new Registry();
    const opened = await openStorage({
      dataFolder: folder.path,
      inputsNotifier: createNotifierMemory(),
      derivedNotifier: createNotifierMemory(),
      retention: DEFAULT_RETENTION,
      clock: systemClock(),
    });
    const storage = measuredStorage(opened, portMetrics(registry, folder.path));
    const empty = await registry.metrics();
    const value = Buffer.alloc(500_000, 1);
    const record = { partition: 0, key: Buffer.from('k'), value, headers: {} };
    await storage.inputs.append(TOPICS.userActivity, [record, record, record]);
    await expect(storage.inputs.append('nowhere', [record])).rejects.toThrow('nowhere');
    await expect(storage.tables.get('nowhere', [])).rejects.toThrow('nowhere');
    await storage.derived.bounds(TOPICS.updates);
    const text = await registry.metrics();
    const count = (port: string, operation: string, outcome: string): string =>
      `call_seconds_count{port="${port}",operation="${operation}",outcome="${outcome}"} 1`;
    expect(text).toContain(count('inputs', 'append', 'ok'));
    expect(text).toContain(count('inputs', 'append', 'failed'));
    expect(text).toContain(count('tables', 'get', 'failed'));
    expect(text).toContain(count('derived', 'bounds', 'ok'));

    const grown = valueOf(text, 'bytebasket_data_bytes') - valueOf(empty, 'bytebasket_data_bytes');
    expect(grown).toBeGreaterThanOrEqual(1_500_000);
    expect(valueOf(text, 'bytebasket_disk_free_bytes')).toBeGreaterThan(1_000_000);
    await storage.close();
  });
});
