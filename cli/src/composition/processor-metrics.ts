import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CallSink } from './port-metrics.js';
import type { ProcessorFigures } from './processor-protocol.js';

/** The processor's metrics in the registry of the main thread, fed by messages of its thread. */
export interface ProcessorMetrics {
  record(figures: ProcessorFigures): void;
  /** False also forgets the lags: nobody knows them while the processor is down. */
  up(value: boolean): void;
  restarted(): void;
}

const PARTITION = ['topic', 'partition'];

/** Registers the processor's metrics; `onCall` takes the calls of its ports. */
export function processorMetrics(registry: Registry, onCall: CallSink): ProcessorMetrics {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({
      name: `bytebasket_processor_${name}`,
      help,
      labelNames: [...labelNames],
      registers,
    });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({
      name: `bytebasket_processor_${name}`,
      help,
      labelNames: [...labelNames],
      registers,
    });

  const up = gauge('up', '1 while the processor owns every partition.');
  const lagRecords = gauge('lag_records', 'Records appended but not flushed yet.', PARTITION);
  const behind = gauge(
    'behind_seconds',
    'Age of the oldest record not flushed yet, at most.',
    PARTITION,
  );
  const flushes = new Histogram({
    name: 'bytebasket_processor_flush_seconds',
    help: 'From taking the changes to the acknowledgement of the updates.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const rows = counter('rows_total', 'Rows written.');
  const records = counter('records_total', 'Input records whose effect became durable.');
  const snapshots = counter('snapshots_total', 'Snapshots taken.');
  const snapshotBytes = counter('snapshot_bytes_total', 'Bytes written for snapshots.');
  const foldFailures = counter('fold_failures_total', 'Records that a fold could not take.', [
    'fold',
  ]);
  const failuresNotKept = counter('fold_failures_not_kept_total', 'Of them, beyond the quota.');
  const gapRecords = counter('gap_records_total', 'Records that expired before they were folded.', [
    'topic',
  ]);
  const retries = counter('retries_total', 'Failures that were tried again.', ['action']);
  const restarts = counter('restarts_total', 'Times the thread ended by itself.');

  return {
    up(value) {
      up.set(value ? 1 : 0);
      if (value) return;
      lagRecords.reset();
      behind.reset();
    },
    restarted: () => restarts.inc(),
    record(figures) {
      for (const call of figures.calls) onCall(call);
      rows.inc(figures.rows);
      records.inc(figures.records);
      snapshots.inc(figures.snapshots);
      snapshotBytes.inc(figures.snapshotBytes);
      for (const seconds of figures.flushSeconds) flushes.observe(seconds);
      for (const [fold, n] of Object.entries(figures.foldFailures)) foldFailures.inc({ fold }, n);
      failuresNotKept.inc(figures.failuresNotKept);
      for (const [topic, n] of Object.entries(figures.gapRecords)) gapRecords.inc({ topic }, n);
      for (const [action, n] of Object.entries(figures.retries)) retries.inc({ action }, n);
      for (const { topic, partition, records: waiting, behindMs } of figures.lags) {
        lagRecords.set({ topic, partition }, waiting);
        behind.set({ topic, partition }, behindMs / 1_000);
      }
    },
  };
}
