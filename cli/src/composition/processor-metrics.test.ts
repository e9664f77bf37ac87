import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { keepFigures } from './processor-figures.js';
import { processorMetrics } from './processor-metrics.js';

describe('the metrics of the processor', () => {
  test('tell a lag while the processor is up, and none once it is down', async () => {
    const registry = new Registry();
    const metrics = processorMetrics(registry, () => undefined);
    const keeper = keepFigures(() => undefined);
    const lag = { topic: 'transactions', partition: 3, records: 7, behindMs: 1_500 };
    metrics.up(true);
    keeper.observer.lag?.(lag);
    metrics.record(keeper.take());
    const whileUp = await registry.metrics();
    expect(whileUp).toContain('bytebasket_processor_up 1');
    expect(whileUp).toContain('lag_records{topic="transactions",partition="3"} 7');
    expect(whileUp).toContain('behind_seconds{topic="transactions",partition="3"} 1.5');

    metrics.up(false);
    const down = await registry.metrics();
    expect(down).toContain('bytebasket_processor_up 0');
    expect(down).not.toMatch(/(?:lag_records|behind_seconds)\{/);

    // Counts are kept: they say what happened, not what is.
    keeper.observer.flushed?.({ rows: 2, records: 5, partitions: 1, durationMs: 4 });
    metrics.record(keeper.take());
    metrics.up(false);
    expect(await registry.metrics()).toContain('bytebasket_processor_records_total 5');
  });
});
