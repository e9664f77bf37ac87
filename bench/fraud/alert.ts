import { PublishRequest } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  WatchAlertsRequest,
  WatchAlertsResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import type { Client } from '@grpc/grpc-js';
import { createEventIds } from '../../sdk/src/events/event-ids.js';
import { BatchMaker } from '../harness/batches.js';
import { openClients, publish, publishLoad } from '../harness/load.js';
import { startProduct } from '../harness/product.js';
import type { Bench, BenchRow } from '../harness/report.js';
import { percentile, sleep, sorted } from '../harness/stats.js';

const WATCH = '/bytebasket.fraud.v1.FraudService/WatchAlerts';
const EVENTS_PER_SECOND = 2_000;
/** Of these so many are payments of everyday customers. */
const PAYMENTS_PER_SECOND = 40;
/** Devices that pay with one card after the other. */
const TESTERS = 8;
const WARM_UP_MS = 5_000;
const MEASURED_MS = 25_000;
/** An alert that did not come after this long is missing. */
const MISSING_MS = 10_000;

const nextId = createEventIds();

/** An encoded `Publish` of a payment that is tried now. */
function payment(device: string, paymentId: string): Buffer {
  const event = Event.fromPartial({
    eventId: nextId(),
    anonymousId: device,
    sessionId: `session-${device}`,
    occurTime: new Date(),
    context: { country: 'DE' },
    payload: {
      $case: 'paymentAttempted',
      value: {
        paymentId,
        orderId: `order-${paymentId}`,
        amount: { currencyCode: 'EUR', units: 2n, nanos: 500_000_000 },
        card: { fingerprint: `card-${paymentId}`, country: 'DE' },
        method: 'card',
      },
    },
  });
  const request = PublishRequest.fromPartial({ events: [event] });
  return Buffer.from(PublishRequest.encode(request).finish());
}

/** Payments of card testers, and the alerts that follow on a subscription. */
class Probes {
  readonly #client: Client;
  readonly #run = Math.random().toString(36).slice(2, 8);
  readonly #waiting = new Map<string, () => void>();
  #sent = 0;

  constructor(client: Client) {
    this.#client = client;
    const stream = client.makeServerStreamRequest(
      WATCH,
      (request: WatchAlertsRequest) => Buffer.from(WatchAlertsRequest.encode(request).finish()),
      (bytes: Buffer) => WatchAlertsResponse.decode(bytes),
      WatchAlertsRequest.create(),
    );
    stream.on('error', () => undefined);
    stream.on('data', ({ event }: WatchAlertsResponse) => {
      if (event?.$case !== 'value') return;
      this.#waiting.get(event.value.paymentId)?.();
    });
  }

  /** Tries some cards on each device, so that the next one is worth an alert. */
  async warmUp(): Promise<void> {
    for (let i = 0; i < TESTERS * 6; i++) await this.#pay();
  }

  /** One tester's payment after the other for `ms` milliseconds; returns the waits in milliseconds. */
  async run(ms: number): Promise<number[]> {
    const waits: number[] = [];
    const until = performance.now() + ms;
    while (performance.now() < until) {
      const begun = performance.now();
      await this.#alerted();
      waits.push(performance.now() - begun);
      await sleep(Math.random() * 100);
    }
    return waits;
  }

  async #alerted(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const paymentId = this.#nextPayment();
    const alert = new Promise<void>((resolve, reject) => {
      this.#waiting.set(paymentId, resolve);
      timer = setTimeout(() => {
        reject(new Error(`no alert of ${paymentId} came within ${MISSING_MS} ms`));
      }, MISSING_MS);
    });
    try {
      await Promise.all([this.#pay(paymentId), alert]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(paymentId);
    }
  }

  #nextPayment(): string {
    this.#sent += 1;
    return `tester-${this.#run}-${this.#sent}`;
  }

  async #pay(paymentId = this.#nextPayment()): Promise<void> {
    const device = `tester-${this.#run}-${this.#sent % TESTERS}`;
    await publish(this.#client, payment(device, paymentId));
  }
}

/** Payments of customers who pay once. */
async function customers(client: Client, seconds: number): Promise<void> {
  const run = Math.random().toString(36).slice(2, 8);
  const started = performance.now();
  for (let sent = 0; sent < seconds * PAYMENTS_PER_SECOND; sent++) {
    const wait = started + (sent / PAYMENTS_PER_SECOND) * 1_000 - performance.now();
    if (wait > 1) await sleep(wait);
    await publish(client, payment(`customer-${run}-${sent}`, `payment-${run}-${sent}`));
  }
}

/** Time from the call of `Publish` with a payment to its alert on a subscription, while a shop is busy. */
async function alertTime(): Promise<readonly BenchRow[]> {
  const product = await startProduct({ command: 'up' });
  const [client, other] = openClients(product.endpoint, 2);
  if (client === undefined || other === undefined) throw new Error('no clients');
  try {
    const probes = new Probes(client);
    const seconds = (WARM_UP_MS + MEASURED_MS) / 1_000;
    const load = Promise.all([
      publishLoad({
        endpoint: product.endpoint,
        maker: new BatchMaker(11),
        eventsPerCall: 50,
        inFlight: 4,
        seconds,
        rate: EVENTS_PER_SECOND - PAYMENTS_PER_SECOND,
      }),
      customers(other, seconds),
    ]);
    // Whoever fails first fails the measurement; the load is waited for in the end.
    load.catch(() => undefined);
    await Promise.all([probes.warmUp(), sleep(WARM_UP_MS)]);
    const waits = await probes.run(MEASURED_MS);
    await load;
    const order = sorted(waits);
    const detail = `p50 ${percentile(order, 0.5).toFixed(0)} ms, ${order.length} payments, ${EVENTS_PER_SECOND} events/s`;
    const value = percentile(order, 0.99);
    return [{ id: 'alert-p99', value, unit: 'ms', goal: 300, better: 'lower', detail }];
  } finally {
    for (const one of [client, other]) one.close();
    await product.close();
  }
}

export const alertBenches: readonly Bench[] = [
  { ids: ['alert-p99'], title: 'payments that become alerts', run: alertTime },
];
