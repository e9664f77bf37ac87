import type { PaymentAttempted } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import { describe, expect, test } from 'vitest';
import type { ByteBasket } from '../../commands/context.js';
import { mockEvents } from '../mock-events.js';
import { MOCK_DEFAULTS } from '../settings.js';
import { AskFirst } from './ask-first.js';
import { MockTotals } from './totals.js';

const { signal } = new AbortController();

/** The first payments of a shop. */
function* payments(count: number) {
  const settings = { ...MOCK_DEFAULTS, startMs: 0, conversion: 1, visitors: 200, items: 50 };
  let found = 0;
  for (const { event } of mockEvents(settings)) {
    if (event.payload?.$case !== 'paymentAttempted') continue;
    yield { event, payment: event.payload.value };
    if (++found === count) return;
  }
}

function clientThat(score: (paymentId: string) => Promise<unknown>): ByteBasket {
  const fraud = { score: (input: { payment: PaymentAttempted }) => score(input.payment.paymentId) };
  return { fraud } as unknown as ByteBasket;
}

describe('asking before a payment', () => {
  test('asks about the share that is wanted, and puts the decision into the payment', async () => {
    const client = clientThat((id) => Promise.resolve({ decisionId: `d-${id}`, action: 'allow' }));
    const asking = new AskFirst(client, 0.25);
    const totals = new MockTotals();
    const decided = [];
    for (const { event, payment } of payments(40)) {
      const { decisionId, ...rest } = await asking.payment(event, payment, { totals, signal });
      expect({ ...rest, decisionId: '' }).toEqual(payment);
      if (decisionId !== '') decided.push([decisionId, `d-${payment.paymentId}`]);
    }
    expect(decided).toHaveLength(10);
    for (const [own, expected] of decided) expect(own).toBe(expected);
    expect([...totals.asked]).toEqual([['allow', 10]]);
  });

  test('pays without a decision when there is no answer, and tells so', async () => {
    const asking = new AskFirst(
      clientThat(() => Promise.reject(new Error('too late'))),
      1,
    );
    const totals = new MockTotals();
    for (const { event, payment } of payments(3)) {
      expect(await asking.payment(event, payment, { totals, signal })).toBe(payment);
    }
    expect([...totals.asked]).toEqual([['no answer', 3]]);
    expect(totals.lines({ sent: true }).join('\n')).toContain('not decided before: too late');
  });

  test('ends when the run is stopped', async () => {
    const stopping = new AbortController();
    const asking = new AskFirst(
      clientThat(() => {
        stopping.abort(new Error('stopped'));
        return Promise.reject(new Error('aborted'));
      }),
      1,
    );
    for (const { event, payment } of payments(1)) {
      const asked = asking.payment(event, payment, {
        totals: new MockTotals(),
        signal: stopping.signal,
      });
      await expect(asked).rejects.toThrow('stopped');
    }
  });
});
