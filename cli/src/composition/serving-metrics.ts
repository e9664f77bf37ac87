import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { ServingFigures } from './serving-protocol.js';

/** The serving thread's metrics in the registry of the main thread, fed by its messages. */
export interface ServingMetrics {
  record(figures: ServingFigures): void;
  up(value: boolean): void;
  restarted(): void;
}

export function servingMetrics(registry: Registry): ServingMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({
      name: `bytebasket_serving_${name}`,
      help,
      labelNames: [...labelNames],
      registers,
    });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `bytebasket_serving_${name}`, help, registers });

  const up = gauge('up', '1 while recommendations are answered.');
  const answers = new Histogram({
    name: 'bytebasket_serving_answer_seconds',
    help: 'How long the read model took for an answer, by kind of request.',
    labelNames: ['kind'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1],
    registers,
  });
  const sessions = gauge('sessions', 'Sessions in the read model.');
  const items = gauge('items', 'Different products in these sessions.');
  const visitors = gauge('visitors', 'Devices and persons remembered.');
  const products = gauge('products', 'Products with known facts.');
  const saves = counter('saves_total', 'Times the read model was saved.');
  const savedBytes = counter('saved_bytes_total', 'Bytes written for that.');
  const unreadable = counter('unreadable_records_total', 'Records that could not be read.');
  const gapRecords = counter('gap_records_total', 'Records that expired before they were read.', [
    'topic',
  ]);
  const restarts = counter('restarts_total', 'Times the thread ended by itself.');

  return {
    up: (value) => up.set(value ? 1 : 0),
    restarted: () => restarts.inc(),
    record(figures) {
      for (const { kind, seconds } of figures.answers) answers.observe({ kind }, seconds);
      sessions.set(figures.sessions);
      items.set(figures.items);
      visitors.set(figures.visitors);
      products.set(figures.products);
      saves.inc(figures.saves);
      savedBytes.inc(figures.savedBytes);
      unreadable.inc(figures.unreadable);
      for (const [topic, n] of Object.entries(figures.gapRecords)) gapRecords.inc({ topic }, n);
    },
  };
}
