import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { Ingest } from '@bytebasket/server/ingest/ingest';
import type { IngestObserver } from '@bytebasket/server/ingest/observer';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Registers the metrics of ingest; returns the observer that feeds them. */
export function ingestMetrics(registry: Registry): IngestObserver {
  const registers = [registry];
  const events = new Counter({
    name: 'bytebasket_ingest_events_total',
    help: 'Events by outcome: accepted (durable), duplicate, rejected.',
    labelNames: ['outcome'],
    registers,
  });
  const bytes = new Counter({
    name: 'bytebasket_ingest_bytes_total',
    help: 'Bytes of accepted events, as sent.',
    registers,
  });
  const rejected = new Counter({
    name: 'bytebasket_ingest_rejected_total',
    help: 'Rejected events by reason.',
    labelNames: ['reason'],
    registers,
  });
  const refused = new Counter({
    name: 'bytebasket_ingest_refused_batches_total',
    help: 'Batches refused as a whole, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const append = new Histogram({
    name: 'bytebasket_ingest_append_seconds',
    help: 'How long the log took to make a batch durable.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  });
  const waitingEvents = new Gauge({
    name: 'bytebasket_ingest_waiting_events',
    help: 'Events that wait for the log.',
    registers,
  });
  const waitingBytes = new Gauge({
    name: 'bytebasket_ingest_waiting_bytes',
    help: 'Bytes of events that wait for the log.',
    registers,
  });
  // Looked up once: labels() per batch costs more than the count itself.
  const accepted = events.labels('accepted');
  const duplicate = events.labels('duplicate');
  const refusedEvents = events.labels('rejected');
  return {
    accepted(count, size) {
      accepted.inc(count);
      bytes.inc(size);
    },
    duplicate: (count) => duplicate.inc(count),
    rejected(reason) {
      refusedEvents.inc();
      rejected.inc({ reason: ErrorReason[reason] });
    },
    refused: (reason) => refused.inc({ reason: ErrorReason[reason] }),
    appended: (durationMs) => append.observe(durationMs / 1_000),
    waiting(count, size) {
      waitingEvents.set(count);
      waitingBytes.set(size);
    },
  };
}

/** Gauges that are asked for when somebody looks. */
export function duplicateMetrics(
  registry: Registry,
  ingest: Pick<Ingest, 'duplicateBytes' | 'horizonSeconds'>,
): void {
  const registers = [registry];
  new Gauge({
    name: 'bytebasket_ingest_duplicate_horizon_seconds',
    help: 'How far back a repeated event id is recognised.',
    registers,
    async collect() {
      this.set(await ingest.horizonSeconds());
    },
  });
  new Gauge({
    name: 'bytebasket_ingest_duplicate_bytes',
    help: 'Memory that the known event ids take.',
    registers,
    collect() {
      this.set(ingest.duplicateBytes);
    },
  });
}
