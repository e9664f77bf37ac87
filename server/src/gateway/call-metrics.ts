import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Status } from 'nice-grpc-common';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { MethodEntry } from './method-table.js';

/** Upper bounds in seconds: 0.5 ms to 10 s. */
export const LATENCY_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Calls of one method that ended with one code. */
interface Outcome {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: Float64Array;
  count: number;
  sumSeconds: number;
}

/** Counts the calls of one method. Plain array writes: prom-client's own counters hash their labels at every call. */
export interface MethodMetrics {
  /** `seconds` from the first byte of the call to its end. */
  ended(code: Status, seconds: number): void;
}

export interface CallMetrics {
  method(entry: MethodEntry): MethodMetrics;
  /** Calls that grpc-js ended before a handler saw them: too large, not inflatable, unknown method. */
  refusedInTransport(reason: ErrorReason): void;
}

/** What gauges read at a scrape. */
export interface CallGauges {
  callsInFlight(): number;
  connections(): number;
  saturated(): boolean;
}

/** Registers the call metrics under go-grpc-prometheus' names, so that its dashboards fit. */
export function callMetrics(registry: Registry, gauges: CallGauges): CallMetrics {
  const outcomes: Outcome[] = [];
  registerHandled(registry, outcomes);
  registerGauges(registry, gauges);
  const refused = new Counter({
    name: 'bytebasket_gateway_transport_refusals_total',
    help: 'Calls that ended before a handler saw them, by reason.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return {
    method: (entry) => methodMetrics(entry, outcomes),
    refusedInTransport: (reason) => {
      refused.inc({ reason: ErrorReason[reason] });
    },
  };
}

function methodMetrics(entry: MethodEntry, outcomes: Outcome[]): MethodMetrics {
  const byCode: (Outcome | undefined)[] = [];
  return {
    ended(code, seconds) {
      let outcome = byCode[code];
      if (outcome === undefined) {
        outcome = newOutcome(entry, code);
        byCode[code] = outcome;
        outcomes.push(outcome);
      }
      outcome.count += 1;
      outcome.sumSeconds += seconds;
      let bucket = 0;
      while (bucket < LATENCY_BUCKETS.length && seconds > (LATENCY_BUCKETS[bucket] ?? 0)) bucket++;
      outcome.buckets[bucket] = (outcome.buckets[bucket] ?? 0) + 1;
    },
  };
}

function newOutcome(entry: MethodEntry, code: Status): Outcome {
  return {
    labels: {
      grpc_type: entry.type,
      grpc_service: entry.service,
      grpc_method: entry.method,
      grpc_code: codeName(code),
    },
    buckets: new Float64Array(LATENCY_BUCKETS.length + 1),
    count: 0,
    sumSeconds: 0,
  };
}

function registerHandled(registry: Registry, outcomes: readonly Outcome[]): void {
  const labelNames = ['grpc_type', 'grpc_service', 'grpc_method', 'grpc_code'];
  new Counter({
    name: 'grpc_server_handled_total',
    help: 'RPCs that ended on the server, by gRPC code.',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const one of outcomes) this.inc(one.labels, one.count);
    },
  });
  new LatencyHistogram(registry, outcomes);
}

interface Sample {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** A histogram that is filled at a scrape only; prom-client's registry needs no more than `name` and `get`. */
class LatencyHistogram {
  readonly name = 'grpc_server_handling_seconds';
  readonly #outcomes: readonly Outcome[];

  constructor(registry: Registry, outcomes: readonly Outcome[]) {
    this.#outcomes = outcomes;
    registry.registerMetric(this as unknown as Counter);
  }

  get(): Promise<object> {
    const values: Sample[] = [];
    for (const { labels, buckets, count, sumSeconds } of this.#outcomes) {
      let below = 0;
      for (const [index, bound] of [...LATENCY_BUCKETS, '+Inf'].entries()) {
        below += buckets[index] ?? 0;
        values.push({
          metricName: `${this.name}_bucket`,
          labels: { ...labels, le: bound },
          value: below,
        });
      }
      values.push({ metricName: `${this.name}_sum`, labels, value: sumSeconds });
      values.push({ metricName: `${this.name}_count`, labels, value: count });
    }
    const help = 'Seconds from the start of an RPC to its end on the server.';
    return Promise.resolve({
      name: this.name,
      help,
      type: 'histogram',
      values,
      aggregator: 'sum',
    });
  }

  /** For `registry.resetMetrics()`. */
  reset(): void {
    for (const one of this.#outcomes) {
      one.buckets.fill(0);
      one.count = 0;
      one.sumSeconds = 0;
    }
  }
}

function registerGauges(registry: Registry, gauges: CallGauges): void {
  const sampled = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  sampled('bytebasket_gateway_calls_in_flight', 'RPCs under way.', () => gauges.callsInFlight());
  sampled('bytebasket_gateway_connections', 'Open gRPC connections.', () => gauges.connections());
  sampled(
    'bytebasket_gateway_saturated',
    '1 while new calls are refused because of memory or calls in flight.',
    () => (gauges.saturated() ? 1 : 0),
  );
}

/** `OK`, `InvalidArgument`, …: the names that go-grpc-prometheus uses. */
function codeName(code: Status): string {
  if (code === Status.OK) return 'OK';
  return Status[code]
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}
