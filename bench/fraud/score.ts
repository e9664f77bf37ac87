import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import {
  ScoreTransactionRequest,
  ScoreTransactionResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { PublishRequest } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { Client } from '@grpc/grpc-js';
import { createEventIds } from '../../sdk/src/events/event-ids.js';
import { BatchMaker } from '../harness/batches.js';
import { openClients, publish, publishLoad } from '../harness/load.js';
import { startProduct } from '../harness/product.js';
import type { Bench, BenchRow } from '../harness/report.js';
import { percentile, sleep, sorted } from '../harness/stats.js';

const SCORE = '/bytebasket.fraud.v1.FraudService/ScoreTransaction';
/** Customers who have paid before, each with a device, a card and an address. */
const CUSTOMERS = 2_000;
const PAYMENTS_PER_CALL = 100;
const WARM_UP = 200;
const QUESTIONS = 1_500;
const QUESTIONS_PER_SECOND = 60;
/** What else the shop sends meanwhile. */
const EVENTS_PER_SECOND = 500;

const nextId = createEventIds();
const run = Math.random().toString(36).slice(2, 8);

/** Who pays and how, the same in the event of a payment and in the question about one. */
function purchase(customer: number, paymentId: string) {
  return {
    anonymousId: `device-${run}-${customer}`,
    userId: `user-${run}-${customer}`,
    sessionId: `session-${run}-${customer}`,
    context: { country: 'DE', ip: `198.51.100.${customer % 200}` },
    payment: {
      paymentId,
      orderId: `order-${paymentId}`,
      amount: { currencyCode: 'EUR', units: 40n, nanos: 0 },
      card: { fingerprint: `card-${run}-${customer}`, country: 'DE' },
      shippingAddress: { fingerprint: `address-${run}-${customer % 1_500}`, country: 'DE' },
      method: 'card',
    },
  };
}

/** Publishes one payment of every customer, so that their features lie in the tables. */
async function publishHistory(client: Client): Promise<void> {
  for (let from = 0; from < CUSTOMERS; from += PAYMENTS_PER_CALL) {
    const events = Array.from({ length: PAYMENTS_PER_CALL }, (_, index) => {
      const { payment, ...envelope } = purchase(from + index, `paid-${run}-${from + index}`);
      return Event.fromPartial({
        ...envelope,
        eventId: nextId(),
        occurTime: new Date(),
        payload: { $case: 'paymentAttempted', value: payment },
      });
    });
    const request = PublishRequest.encode(PublishRequest.fromPartial({ events })).finish();
    const accepted = await publish(client, Buffer.from(request));
    if (accepted !== events.length) throw new Error(`only ${accepted} payments were accepted`);
  }
}

/** Asks about one payment; returns how many earlier and present payments of the user the decision saw. */
async function ask(client: Client, customer: number, paymentId: string): Promise<unknown> {
  const request = ScoreTransactionRequest.fromPartial(purchase(customer, paymentId));
  const { decision } = await new Promise<ScoreTransactionResponse>((resolve, reject) => {
    client.makeUnaryRequest(
      SCORE,
      (value: ScoreTransactionRequest) =>
        Buffer.from(ScoreTransactionRequest.encode(value).finish()),
      (bytes: Buffer) => ScoreTransactionResponse.decode(bytes),
      request,
      (error, value) => {
        if (error !== null) reject(error);
        else resolve(value ?? ScoreTransactionResponse.create());
      },
    );
  });
  if (decision?.paymentId !== paymentId) throw new Error(`no decision about ${paymentId} came`);
  return decision.features.find(({ name }) => name === 'payments_per_user_24h')?.value?.value;
}

/** Waits until the last payment of the history is in the features. */
async function caughtUp(client: Client): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    await sleep(100);
    const payments = await ask(client, CUSTOMERS - 1, `probe-${run}-${attempt}`);
    if (payments === 2) return;
  }
  throw new Error('the payments of the history are not in the features after 30 s');
}

/** Questions at a steady rate; returns their times in milliseconds. */
async function questions(client: Client): Promise<number[]> {
  const times: Promise<number>[] = [];
  const started = performance.now();
  for (let asked = 0; asked < WARM_UP + QUESTIONS; asked++) {
    const wait = started + (asked / QUESTIONS_PER_SECOND) * 1_000 - performance.now();
    if (wait > 1) await sleep(wait);
    const begun = performance.now();
    const answer = ask(client, (asked * 7) % CUSTOMERS, `asked-${run}-${asked}`);
    const time = answer.then((payments) => {
      // A decision that does not know the history would be quick and worth nothing.
      if (payments !== 2) throw new Error(`a decision saw ${String(payments)} payments, not 2`);
      return performance.now() - begun;
    });
    // A failure is met when all are waited for.
    time.catch(() => undefined);
    times.push(time);
  }
  return (await Promise.all(times)).slice(WARM_UP);
}

/** `ScoreTransaction` over gRPC, durable, about customers who have paid before, while the shop sends events. */
async function scoreTime(): Promise<readonly BenchRow[]> {
  const product = await startProduct({ command: 'up' });
  const [client] = openClients(product.endpoint, 1);
  if (client === undefined) throw new Error('no client');
  try {
    await publishHistory(client);
    const seconds = (WARM_UP + QUESTIONS) / QUESTIONS_PER_SECOND;
    const load = publishLoad({
      endpoint: product.endpoint,
      maker: new BatchMaker(13),
      eventsPerCall: 25,
      inFlight: 2,
      seconds: seconds + 3,
      rate: EVENTS_PER_SECOND,
    });
    // Whoever fails first fails the measurement; the load is waited for in the end.
    load.catch(() => undefined);
    await caughtUp(client);
    const order = sorted(await questions(client));
    await load;
    const detail = `${order.length} payments, ${QUESTIONS_PER_SECOND}/s beside ${EVENTS_PER_SECOND} events/s`;
    const row = (id: string, share: number, goal: number): BenchRow => ({
      ...{ id, value: percentile(order, share), unit: 'ms', goal, better: 'lower', detail },
    });
    return [row('score-rpc-p50', 0.5, 10), row('score-rpc-p99', 0.99, 60)];
  } finally {
    client.close();
    await product.close();
  }
}

export const scoreBench: Bench = {
  ids: ['score-rpc-p50', 'score-rpc-p99'],
  title: 'payments that are asked about',
  run: scoreTime,
};
