import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { ReportLabelRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateEvent } from '@bytebasket/proto/validation';
import { beforeEach, describe, expect, test } from 'vitest';
import { manualClock, type ManualClock } from '../../../tests/support/manual-clock.js';
import { type PublishVerdict, reportLabel } from './label.js';

const EVENT_ID = '019aa7c5-7c00-7abc-8def-0123456789ab';
const PAYMENT = { paymentId: 'pay-1', anonymousId: 'device-1', userId: 'u-1' };

let clock: ManualClock;
let published: Event[];
let verdict: PublishVerdict;
beforeEach(() => {
  clock = manualClock(Date.UTC(2026, 10, 23, 12));
  published = [];
  verdict = { kind: 'durable' };
});

async function report(partial: Partial<ReportLabelRequest> = {}) {
  const { CHARGEBACK } = LabelSource;
  const { FRAUD } = LabelVerdict;
  const request = { transactionId: 'o-1', source: CHARGEBACK, verdict: FRAUD, ...partial };
  return reportLabel(
    {
      clock,
      lookUpPayment: async (id) => (['o-1', 'pay-1'].includes(id) ? PAYMENT : undefined),
      publish: async (event) => {
        published.push(event);
        return verdict;
      },
    },
    ReportLabelRequest.create(request),
    'shop',
  );
}

describe('a reported label', () => {
  test.each(['o-1', 'pay-1'])('of %s goes to the place of its payment', async (transactionId) => {
    const answer = await report({ transactionId, note: 'bank says so' });
    const [event] = published;
    expect(answer).toEqual({ paymentId: 'pay-1', eventId: event?.eventId });
    expect(event).toMatchObject({
      anonymousId: 'device-1',
      userId: 'u-1',
      occurTime: new Date(clock.nowMs()),
      payload: { $case: 'labelReported', value: { paymentId: 'pay-1', note: 'bank says so' } },
    });
    // As strict as ingest is with events of clients.
    expect(validateEvent(Event.decode(Event.encode(Event.create(event)).finish()))).toBeUndefined();
  });

  test('keeps both times, however long ago or before the payment they are', async () => {
    const knownTime = new Date(Date.UTC(2019, 3, 1));
    const fraudTime = new Date(Date.UTC(1999, 3, 1));
    await report({ knownTime, fraudTime });
    expect(published[0]?.occurTime).toEqual(knownTime);
    expect(published[0]?.payload).toMatchObject({ value: { fraudTime } });
  });

  test('is the same event when it is reported again under the same id', async () => {
    await report({ eventId: EVENT_ID });
    await clock.advance(60_000);
    const answer = await report({ eventId: EVENT_ID });
    expect(answer.eventId).toBe(EVENT_ID);
    expect(published[1]).toEqual(published[0]);
  });

  test('gets an id of its own each time without one', async () => {
    const ids = [(await report()).eventId, (await report()).eventId];
    expect(new Set(ids).size).toBe(2);
  });

  test('of an unknown transaction is refused for a while, and nothing is published', async () => {
    await expect(report({ transactionId: 'o-2' })).rejects.toMatchObject({
      reason: ErrorReason.TRANSACTION_UNKNOWN_YET,
      metadata: { transaction_id: 'o-2' },
    });
    expect(published).toEqual([]);
  });

  test('from the future is refused, five minutes are not', async () => {
    const at = (ms: number) => ({ knownTime: new Date(clock.nowMs() + ms) });
    await expect(report(at(300_001))).rejects.toMatchObject({
      reason: ErrorReason.OCCUR_TIME_IN_FUTURE,
      metadata: {
        field: 'known_time',
        value: '2026-11-23T12:05:00.001Z',
        limit: '2026-11-23T12:05:00.000Z',
      },
    });
    expect(published).toEqual([]);
    await report(at(300_000));
    expect(published).toHaveLength(1);
  });

  test('that breaks a rule of the request is refused with the field', async () => {
    await expect(report({ verdict: LabelVerdict.UNSPECIFIED })).rejects.toMatchObject({
      reason: ErrorReason.FIELD_INVALID,
      metadata: { field: 'verdict' },
    });
  });

  test('that ingest refuses comes back in the words of the request', async () => {
    const message = `event_id ${EVENT_ID} stands elsewhere with other content: make a new id`;
    const reason = ErrorReason.EVENT_ID_REUSED;
    verdict = { kind: 'rejected', reason, field: 'event_id', rule: '', message };
    await expect(report({ eventId: EVENT_ID })).rejects.toMatchObject({
      reason,
      message,
      metadata: { field: 'event_id', value: EVENT_ID, position: '' },
    });
  });
});
