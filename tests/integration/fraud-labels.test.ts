import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { type Ingest, openIngest } from '@bytebasket/server/ingest/ingest';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { transactionsFold } from '@bytebasket/server/transactions/fold';
import { lookUpPayment } from '@bytebasket/server/transactions/look-up-payment';
import { openTransactionService } from '@bytebasket/server/transactions/service';
import { TransactionServiceDefinition } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEventIds } from '../../sdk/src/events/event-ids.js';
import { openFraudWorld, type FraudWorld } from '../support/fraud-world.js';
import {
  detailedClients,
  eventually,
  failureOf,
  ownChannel,
  testGateway,
  type TestGateway,
} from '../support/test-gateway.js';

const { CHARGEBACK, MANUAL_REVIEW } = LabelSource;
const { FRAUD, LEGITIMATE } = LabelVerdict;
const nextId = createEventIds();

let world: FraudWorld;
let ingest: Ingest;
let transactions: ReturnType<typeof openTransactionService>;
let gateway: TestGateway;
let channel: ReturnType<typeof ownChannel>;
beforeAll(async () => {
  world = await openFraudWorld({
    folds: [transactionsFold()],
    lookUpPayment: (id) => lookUpPayment(world.tables, id),
    publish: (event, clientId) => ingest.publishEvent(event, clientId),
  });
  ingest = await openIngest({ log: world.inputs, clock: world.clock });
  transactions = openTransactionService({
    ...world,
    decisionOf: async () => undefined,
    decisionTable: 'fraud_decisions',
  });
  gateway = await testGateway([transactions.module]);
  channel = ownChannel(gateway.address);
});
afterAll(async () => {
  channel.close();
  transactions.close();
  await gateway.drain(1_000);
  await ingest.close();
  await world.close();
});

/** A payment of an order, seen by the fold. */
async function paid(name: string): Promise<void> {
  const event = Event.create({
    eventId: nextId(),
    anonymousId: `device-${name}`,
    userId: `user-${name}`,
    occurTime: new Date(),
    payload: {
      $case: 'paymentAttempted',
      value: {
        paymentId: `pay-${name}`,
        orderId: `order-${name}`,
        amount: { currencyCode: 'EUR', units: 20n, nanos: 0 },
        card: undefined,
        method: 'card',
        decisionId: '',
        shippingAddress: undefined,
        billingAddress: undefined,
      },
    },
  });
  expect(await ingest.publishEvent(event, 'test')).toEqual({ kind: 'durable' });
  await eventually(async () => (await lookUpPayment(world.tables, `pay-${name}`)) !== undefined);
}

/** The labels that the transaction shows. */
async function labelsOf(name: string) {
  const client = detailedClients.create(TransactionServiceDefinition, channel);
  const { transaction } = await client.getTransaction({ transactionId: `order-${name}` });
  return transaction?.payments[0]?.labels ?? [];
}

/** Label events in the log, with their partition. */
async function labelRecords(name: string) {
  const found: { readonly eventId: string; readonly partition: number; readonly key: string }[] =
    [];
  for (let partition = 0; partition < world.inputs.partitions; partition++) {
    for await (const records of world.inputs.read(TOPICS.transactions, partition, { from: 0 })) {
      for (const { key, value } of records) {
        const { eventId, payload } = Event.decode(value);
        if (payload?.$case !== 'labelReported' || payload.value.paymentId !== `pay-${name}`)
          continue;
        found.push({ eventId, partition, key: Buffer.from(key).toString('utf8') });
      }
    }
  }
  return found;
}

describe('ReportLabel behind the gateway', () => {
  test('waits for the payment, then takes the label to its place in the log', async () => {
    const request = { transactionId: 'order-a', source: CHARGEBACK, verdict: FRAUD };
    expect(await failureOf(world.client.reportLabel(request))).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'TRANSACTION_UNKNOWN_YET',
      metadata: { transaction_id: 'order-a' },
      retryMs: 1_000,
    });
    await paid('a');
    const { paymentId, eventId } = await world.client.reportLabel(request);
    expect(paymentId).toBe('pay-a');
    expect(await labelRecords('a')).toEqual([expect.objectContaining({ eventId, key: 'user-a' })]);
    await eventually(async () => (await labelsOf('a')).length === 1);
  });

  test('takes a label once, however often it is reported under its id', async () => {
    await paid('b');
    const report = {
      transactionId: 'pay-b',
      source: CHARGEBACK,
      verdict: FRAUD,
      eventId: nextId(),
    };
    for (let i = 0; i < 3; i++) {
      expect(await world.client.reportLabel(report)).toMatchObject({ eventId: report.eventId });
    }
    expect(await labelRecords('b')).toHaveLength(1);
    // Other words under the same id are another event.
    const other = { ...report, verdict: LEGITIMATE };
    expect(await failureOf(world.client.reportLabel(other))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'EVENT_ID_REUSED',
      metadata: { field: 'event_id', value: report.eventId },
    });
  });

  test('takes labels from before, today and years ago, and the latest known stands', async () => {
    await paid('c');
    const years = new Date(Date.now() - 6 * 365 * 86_400_000);
    const soon = new Date(Date.now() + 240_000);
    const reports = [
      { source: MANUAL_REVIEW, verdict: LEGITIMATE },
      { source: CHARGEBACK, verdict: FRAUD, knownTime: soon },
      { source: MANUAL_REVIEW, verdict: LEGITIMATE, knownTime: years, fraudTime: new Date(0) },
    ];
    for (const report of reports)
      await world.client.reportLabel({ transactionId: 'order-c', ...report });
    await eventually(async () => (await labelsOf('c')).length === 3);
    const times = (await labelsOf('c')).map(({ knownTime }) => knownTime?.getTime());
    expect(times).toContain(years.getTime());
    expect(times).toContain(soon.getTime());
    const late = {
      ...reports[0],
      transactionId: 'order-c',
      knownTime: new Date(Date.now() + 400_000),
    };
    expect(await failureOf(world.client.reportLabel(late))).toMatchObject({
      reason: 'OCCUR_TIME_IN_FUTURE',
      metadata: { field: 'known_time' },
    });
  });
});
