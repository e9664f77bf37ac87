import {
  OrderState,
  type Transaction,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/processor-world.js';
import { seededRandom, testSeed } from '../support/random.js';
import { failureOf } from '../support/test-gateway.js';
import {
  append,
  attempted,
  authorised,
  openTransactionShop,
  ordered,
  refunded,
  told,
  type TransactionShop,
  watch,
  type Watched,
} from './transaction-shop.js';

let shop: TransactionShop;
const watches: Watched[] = [];
beforeEach(async () => {
  shop = await openTransactionShop();
});
afterEach(async () => {
  for (const one of watches.splice(0)) {
    one.stop();
    await one.ended;
  }
  await shop.close();
});

function watching(request: Parameters<typeof watch>[1] = {}): Watched {
  const one = watch(shop.client, request);
  watches.push(one);
  return one;
}

const ready = (one: Watched) => eventually('the first token', () => one.tokens.length > 0);
const last = ({ values }: Watched, id: string): Transaction | undefined =>
  values.findLast(({ transactionId }) => transactionId === id);

describe('WatchTransactions', () => {
  test('sends the whole transaction with every change of it, and of a decision about it', async () => {
    const one = watching();
    await ready(one);
    await shop.send(told(ordered('o1')));
    await eventually('the order', () => last(one, 'o1')?.version === 1n);
    await shop.send(told(attempted('p1', 'o1')), told(authorised('p1')));
    await eventually('the payment', () => last(one, 'o1')?.version === 3n);
    expect(last(one, 'o1')?.payments[0]?.decision).toBeUndefined();
    await shop.decide('p1');
    const decided = () => last(one, 'o1')?.payments[0]?.decision?.decisionId;
    await eventually('the decision', () => decided() === 'd-p1');
    expect(last(one, 'o1')).toEqual(await shop.get('o1'));
    await shop.decide('p-unknown');
    await shop.send(told(ordered('o2')));
    await eventually('the next order', () => last(one, 'o2') !== undefined);
    expect(new Set(one.values.map(({ transactionId }) => transactionId))).toEqual(
      new Set(['o1', 'o2']),
    );
  });

  test('begins with what was created since a time, the oldest first, as it is now', async () => {
    const now = Date.now();
    const day = 86_400_000;
    await shop.send(
      told(ordered('o1'), now - 9 * day),
      told(ordered('o3'), now - 2 * day),
      told(ordered('o2'), now - 3 * day),
      told(refunded('o2', 100), now),
    );
    const one = watching({ startTime: new Date(now - 5 * day) });
    await ready(one);
    expect(one.values.map(({ transactionId }) => transactionId)).toEqual(['o2', 'o3']);
    expect(one.values[0]?.orderState).toBe(OrderState.PARTIALLY_REFUNDED);
    await shop.send(told(ordered('o4')));
    await eventually('the new one', () => last(one, 'o4') !== undefined);
    const ofNobody = watching({ startTime: new Date(0), userId: 'nobody' });
    await ready(ofNobody);
    expect(ofNobody.values).toEqual([]);
  });

  test('sends only those of a user, in a state, or with an anomaly', async () => {
    const ofBob = watching({ userId: 'bob' });
    const updated = watching({ orderStates: [OrderState.PARTIALLY_REFUNDED] });
    const wrong = watching({ anomalous: true });
    await Promise.all([ready(ofBob), ready(updated), ready(wrong)]);
    await shop.send(told(ordered('o1')), told({ ...ordered('o2'), userId: 'bob' }));
    await shop.send(told(refunded('o1', 1)), told(refunded('o3', 7)));
    await eventually('all', () => last(wrong, 'o3') !== undefined && ofBob.values.length > 0);
    await eventually('the refund', () => last(updated, 'o1') !== undefined);
    const ids = ({ values }: Watched) => new Set(values.map(({ transactionId }) => transactionId));
    expect(ids(ofBob)).toEqual(new Set(['o2']));
    expect(ids(wrong)).toEqual(new Set(['o3']));
    expect([...ids(updated)].sort()).toEqual(['o1', 'o3']);
  });

  test('goes on behind a token with everything that came meanwhile, over random cuts', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const first = watching();
    await ready(first);
    first.stop();
    await first.ended;
    let token = first.tokens.at(-1) ?? '';
    const seen = new Map<string, bigint>();
    const expected = new Map<string, bigint>();
    for (let cut = 0; cut < 12; cut++) {
      const events = Array.from({ length: random.int(1, 20) }, () => {
        const id = `o${random.int(0, 30)}`;
        expected.set(id, (expected.get(id) ?? 0n) + 1n);
        return told({ ...ordered(id), userId: random.pick(['ann', 'bob']) });
      });
      const one = watching({ resumeToken: token });
      const sending = append(shop.world, events);
      await eventually('something', () => one.values.length + one.tokens.length > 0);
      one.stop();
      await Promise.all([one.ended, sending]);
      for (const { transactionId, version } of one.values) seen.set(transactionId, version);
      token = one.tokens.at(-1) ?? token;
    }
    const end = watching({ resumeToken: token });
    const complete = (): boolean => {
      for (const { transactionId, version } of end.values) seen.set(transactionId, version);
      return [...expected].every(([id, version]) => seen.get(id) === version);
    };
    await eventually(`seed ${seed}: nothing is missing`, complete);
  });

  test('refuses a token of another selection, and one that is none', async () => {
    const one = watching({ userId: 'ann' });
    await ready(one);
    const first = async (request: Parameters<typeof watch>[1]): Promise<unknown> => {
      for await (const answer of shop.client.watchTransactions(request ?? {})) return answer;
      return undefined;
    };
    const resumeToken = one.tokens[0] ?? '';
    const foreign = await failureOf(first({ userId: 'bob', resumeToken }));
    expect(foreign.reason).toBe('RESUME_TOKEN_INVALID');
    expect((await failureOf(first({ resumeToken: 'x' }))).reason).toBe('RESUME_TOKEN_INVALID');
    expect((await failureOf(first({ userId: ' ' }))).reason).toBe('FIELD_INVALID');
    await expect(first({ userId: 'ann', resumeToken })).resolves.toBeDefined();
  });
});
