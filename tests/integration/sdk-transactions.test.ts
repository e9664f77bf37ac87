import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import {
  AnomalyKind,
  OrderState,
  PaymentState,
  Transaction,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import type {
  ListTransactionsRequest,
  WatchTransactionsRequest,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { Status } from 'nice-grpc-common';
import { afterEach, describe, expect, test } from 'vitest';
import { richError } from './sdk-scripted-gateway.js';
import { scriptedWorld } from './sdk-scripted-services.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function client(...args: Parameters<typeof scriptedWorld>) {
  const made = await scriptedWorld(...args);
  closing.push(() => made.close());
  return made.bb;
}

const AT = new Date(Date.UTC(2026, 10, 23, 12));
const euros = (units: bigint) => ({ currencyCode: 'EUR', units, nanos: 0 });
const WIRE = Transaction.fromPartial({
  ...{
    transactionId: 'o-1',
    userId: 'u-1',
    anonymousId: 'a-1',
    orderState: OrderState.PARTIALLY_REFUNDED,
    items: 3,
  },
  ...{ total: euros(30n), captured: euros(30n), refunded: euros(10n), version: 5n },
  payments: [
    {
      ...{
        paymentId: 'p-1',
        state: PaymentState.AUTHORISED,
        amount: euros(30n),
        method: 'card',
        attempts: 2,
      },
      ...{ declineCode: 'insufficient_funds', createTime: AT, updateTime: AT },
      labels: [
        {
          source: LabelSource.CHARGEBACK,
          verdict: LabelVerdict.FRAUD,
          knownTime: AT,
          note: 'taken back',
        },
      ],
      decision: { decisionId: 'd-1', action: DecisionAction.REVIEW, score: 40 },
    },
  ],
  ...{ paymentsTotal: 1, anomaliesTotal: 1, createTime: AT, updateTime: AT },
  anomalies: [
    { kind: AnomalyKind.OVER_REFUND, description: '40 of 30 EUR', eventId: 'e-1', occurTime: AT },
  ],
});

describe('transactions', () => {
  test('are read by id, with words for states, exact amounts and the decision', async () => {
    const getTransaction = async () => ({ transaction: WIRE });
    const bb = await client({ transactions: { getTransaction } });
    const got = await bb.transactions.get('o-1');
    const amount = (text: string): unknown =>
      expect.objectContaining({ currency: 'EUR', amount: text });
    expect(got).toMatchObject({
      ...{ transactionId: 'o-1', userId: 'u-1', anonymousId: 'a-1', items: 3, version: 5 },
      ...{ orderState: 'partially-refunded', createTime: AT, updateTime: AT },
      ...{ total: amount('30.00'), captured: amount('30.00'), refunded: amount('10.00') },
      payments: [
        {
          ...{ paymentId: 'p-1', state: 'authorised', method: 'card', attempts: 2 },
          ...{ amount: amount('30.00'), declineCode: 'insufficient_funds' },
          labels: [{ source: 'chargeback', verdict: 'fraud', knownTime: AT, note: 'taken back' }],
          decision: { decisionId: 'd-1', action: 'review', score: 40 },
        },
      ],
      anomalies: [{ kind: 'over-refund', description: '40 of 30 EUR', occurTime: AT }],
    });
  });

  test('that do not exist are a typed error', async () => {
    const getTransaction = () => {
      const metadata = { transaction_id: 'o-9' };
      const message = 'there is no transaction o-9: its events may not have arrived yet';
      throw richError(Status.NOT_FOUND, 'TRANSACTION_UNKNOWN', { message, metadata });
    };
    const bb = await client({ transactions: { getTransaction } });
    await expect(bb.transactions.get('o-9')).rejects.toMatchObject({
      ...{ reason: 'TRANSACTION_UNKNOWN', code: 'NOT_FOUND', retryable: false },
      metadata: { transaction_id: 'o-9' },
    });
  });

  test('are listed page by page and watched with the same filter', async () => {
    const listed: ListTransactionsRequest[] = [];
    const watched: WatchTransactionsRequest[] = [];
    const bb = await client({
      transactions: {
        listTransactions: async (request) => {
          listed.push(request);
          return { transactions: [WIRE], nextPageToken: request.pageToken === '' ? 'next' : '' };
        },
        watchTransactions: async function* (request) {
          watched.push(request);
          yield { event: { $case: 'value', value: WIRE } } as const;
        },
      },
    });
    const filter = { userId: 'u-1', states: ['none', 'placed'], anomalous: true } as const;
    const ids = [];
    for await (const one of bb.transactions.list({ ...filter, startTime: AT, pageSize: 7 })) {
      ids.push(one.transactionId);
    }
    expect(ids).toEqual(['o-1', 'o-1']);
    const wire = { userId: 'u-1', orderStates: [0, 1], anomalous: true };
    const range = { startTime: AT, endTime: undefined, pageSize: 7 };
    expect(listed).toEqual(['', 'next'].map((pageToken) => ({ ...wire, ...range, pageToken })));
    for await (const update of bb.transactions.watch(filter)) {
      expect(update).toMatchObject({ type: 'value', value: { transactionId: 'o-1', version: 5 } });
      break;
    }
    expect(watched).toEqual([{ ...wire, resumeToken: '' }]);
  });
});
