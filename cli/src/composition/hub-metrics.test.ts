import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../../tests/support/manual-clock.js';
import { tempFolder } from '../../../tests/support/temp-folder.js';
import {
  detailedClients,
  eventually,
  ownChannel,
  testGateway,
} from '../../../tests/support/test-gateway.js';
import { Closers } from './closers.js';
import { hubMetrics } from './hub-metrics.js';
import { readRuleFile } from './rule-file.js';
import { openServices } from './services.js';
import { openStorage } from './storage.js';
import { DEFAULT_RETENTION } from './topic-declarations.js';

describe('trouble of the update hub', () => {
  test('is logged and counted, and the watch goes on', async () => {
    const folder = await tempFolder('hub-metrics');
    const clock = manualClock(Date.UTC(2026, 10, 23));
    const lines: Record<string, unknown>[] = [];
    const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
    const logger = pino({ level: 'warn' }, { write });
    const registry = new Registry();
    const storage = await openStorage({
      dataFolder: folder.path,
      inputsNotifier: createNotifierMemory(),
      derivedNotifier: createNotifierMemory(),
      retention: DEFAULT_RETENTION,
      clock,
    });
    const closers = new Closers(logger);
    closers.add('folder', () => folder.remove());
    closers.add('storage', () => storage.close());
    const services = await openServices({
      storage,
      clock,
      registry,
      logger,
      closers,
      timeZone: 'UTC',
      ruleSet: await readRuleFile(),
      ingestLimits: undefined,
      subscribersMax: undefined,
    });
    const gateway = await testGateway(services, { level: 'silent' });
    closers.add('gateway', () => gateway.drain(1_000));
    const channel = ownChannel(gateway.address);
    const client = detailedClients.create(MetricsServiceDefinition, channel);
    const stream = client.watchMetrics({ series: [{ metric: 'events' }] });
    const messages = stream[Symbol.asyncIterator]();
    await messages.next();

    const value = Uint8Array.of(0x0a, 0x7f);
    const damaged = { partition: 2, key: new Uint8Array(), value, headers: {} };
    await storage.derived.append(TOPICS.updates, [damaged]);
    await eventually(async () => /gaps_total\{partition="2"\} 1$/m.test(await registry.metrics()));
    expect(lines).toMatchObject([{ level: 40, partition: 2, from: 0, to: 1, err: {} }]);
    channel.close();
    await closers.close();
  });

  test('that is no gap is logged and counted too', async () => {
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const registry = new Registry();
    hubMetrics(registry, logger).onFailure(new Error('a listener threw'));
    expect(await registry.metrics()).toContain('bytebasket_updates_failures_total 1');
    expect(lines.join('')).toContain('a listener threw');
  });
});
