import { readFileSync } from 'node:fs';
import { type DeepPartial, Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { parseRuleSet } from '@bytebasket/server/fraud/rules/parse';
import { createInProcessScorer } from '@bytebasket/server/fraud/score/in-process-scorer';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const rules = compileRules(parseRuleSet(parse(readFileSync('config/rules/default.yml', 'utf8'))));
const START_MS = Date.UTC(2026, 10, 1, 12);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Payload = DeepPartial<NonNullable<Event['payload']>>;

/** A visitor's story; each step happens some time after the start. */
class Story {
  readonly #scorer = createInProcessScorer({ rules });
  #payments = 0;

  happen(afterMs: number, payload: Payload, who: DeepPartial<Event> = {}) {
    const occurTime = new Date(START_MS + afterMs);
    const event = Event.fromPartial({
      ...{ anonymousId: 'phone', userId: 'eve', context: { country: 'DE', ip: '192.0.2.1' } },
      ...who,
      occurTime,
      payload,
    });
    return this.#scorer.take(event, occurTime.getTime() + 20);
  }

  /** A payment; returns its decision and features. */
  pay(afterMs: number, payment: Record<string, unknown> = {}, who: DeepPartial<Event> = {}) {
    this.#payments += 1;
    const paymentId = `pay-${this.#payments}`;
    const amount = { currencyCode: 'EUR', units: 30n };
    const value = { paymentId, amount, card: { fingerprint: 'card', country: 'DE' }, ...payment };
    const decision = this.happen(afterMs, { $case: 'paymentAttempted', value }, who);
    if (decision === undefined) throw new Error('no decision');
    const values = Object.fromEntries(decision.features.map((f) => [f.name, f.value?.value]));
    return { decision, values, paymentId };
  }

  authorise(afterMs: number, paymentId: string): void {
    this.happen(afterMs, { $case: 'paymentAuthorised', value: { paymentId } });
  }

  view(afterMs: number, productId: string): void {
    this.happen(afterMs, { $case: 'productViewed', value: { product: { productId } } });
  }
}

describe('derived features', () => {
  test('a device, card and address are new to a user of more than a day for one day', () => {
    const story = new Story();
    const laptop = { anonymousId: 'laptop' };
    const gift = { card: { fingerprint: 'other' }, shippingAddress: { fingerprint: 'there' } };
    const first = story.pay(0, gift, laptop).values;
    expect([first['new_device'], first['new_card'], first['new_address']]).toEqual([
      ...[false, false, false],
    ]);
    const later = story.pay(2 * DAY_MS).values;
    expect([later['new_device'], later['new_card'], later['new_address']]).toEqual([
      ...[true, true, false],
    ]);
    const soon = story.pay(2 * DAY_MS + HOUR_MS, gift, laptop).values;
    expect([soon['new_device'], soon['new_card'], soon['new_address']]).toEqual([
      ...[false, false, false],
    ]);
    expect(story.pay(3 * DAY_MS + MINUTE_MS).values['new_device']).toBe(false);
  });

  test('a login makes a device known, a failed one does not', () => {
    const story = new Story();
    story.happen(0, { $case: 'userLoggedIn', value: {} });
    const thief = { anonymousId: 'thief' };
    story.happen(2 * DAY_MS, { $case: 'loginFailed', value: {} }, thief);
    expect(story.pay(2 * DAY_MS + MINUTE_MS).values).toMatchObject({
      new_device: false,
      failed_logins_per_user_1h: 1,
      failed_logins_per_device_1h: 0,
      seconds_since_login: 172_860,
    });
    expect(story.pay(2 * DAY_MS + 2 * MINUTE_MS, {}, thief).values['new_device']).toBe(true);
  });

  test('a login elsewhere within a day differs in country and device', () => {
    const story = new Story();
    const abroad = { anonymousId: 'laptop', context: { country: 'BR' } };
    story.happen(0, { $case: 'userLoggedIn', value: {} }, abroad);
    expect(story.pay(12 * HOUR_MS).values).toMatchObject({
      login_country_mismatch: true,
      login_device_mismatch: true,
      seconds_since_login: 43_200,
      countries_per_user_24h: 2,
    });
    expect(story.pay(25 * HOUR_MS).values).toMatchObject({
      login_country_mismatch: false,
      login_device_mismatch: false,
    });
  });

  test('speed is the fastest journey within 24 hours', () => {
    const story = new Story();
    expect(story.pay(0).values['speed_km_per_h']).toBe(0);
    const inSydney = { context: { country: 'AU' } };
    const { values, decision } = story.pay(2 * HOUR_MS, {}, inSydney);
    expect(values['speed_km_per_h']).toBeGreaterThan(6_500);
    expect(values['speed_km_per_h']).toBeLessThan(8_000);
    expect(decision.reasons.map(({ ruleId }) => ruleId)).toContain('impossible-travel');
    expect(story.pay(2 * HOUR_MS + 1_000, {}, inSydney).values['countries_per_user_24h']).toBe(2);
    expect(story.pay(27 * HOUR_MS, {}, inSydney).values['speed_km_per_h']).toBe(0);
  });

  test('the amount is compared with the mean of earlier payments in its currency', () => {
    const story = new Story();
    const of = (units: bigint, currencyCode = 'EUR') => ({ amount: { currencyCode, units } });
    expect(story.pay(0, of(20n)).values['amount_to_user_mean_30d']).toBe(1);
    story.pay(HOUR_MS, of(40n));
    expect(story.pay(2 * HOUR_MS, of(90n)).values['amount_to_user_mean_30d']).toBe(3);
    expect(story.pay(3 * HOUR_MS, of(900n, 'USD')).values['amount_to_user_mean_30d']).toBe(1);
  });

  test('a first payment is one without an authorised one before', () => {
    const story = new Story();
    const first = story.pay(0);
    expect(first.values['first_payment']).toBe(true);
    expect(story.pay(1_000).values['first_payment']).toBe(true);
    story.authorise(2_000, first.paymentId);
    expect(story.pay(3_000).values['first_payment']).toBe(false);
    const guest = { userId: '' };
    expect(story.pay(4_000, {}, guest).values).toMatchObject({
      first_payment: false,
      signed_in: false,
    });
  });

  test('a coupon on the first order is seen on the user and on the device', () => {
    const story = new Story();
    story.happen(0, { $case: 'couponApplied', value: { coupon: { code: 'HI' } } }, { userId: '' });
    const first = story.pay(MINUTE_MS);
    expect(first.values['coupon_on_first_order']).toBe(true);
    story.authorise(2 * MINUTE_MS, first.paymentId);
    expect(story.pay(3 * MINUTE_MS).values['coupon_on_first_order']).toBe(false);
    expect(new Story().pay(0).values['coupon_on_first_order']).toBe(false);
  });

  test('items that were bought unseen, and the time since the first view', () => {
    const story = new Story();
    expect(story.pay(0).values).toMatchObject({
      unviewed_items: 0,
      seconds_from_first_view: 86_400,
    });
    story.view(DAY_MS, 'a');
    story.view(DAY_MS + 10_000, 'b');
    const lines = ['a', 'b', 'c', 'd'].map((productId) => ({ product: { productId } }));
    story.happen(DAY_MS + 20_000, { $case: 'checkoutStarted', value: { lines } });
    expect(story.pay(DAY_MS + 30_000).values).toMatchObject({
      unviewed_items: 2,
      seconds_from_first_view: 30,
      viewed_items_per_device_24h: 2,
    });
    story.happen(DAY_MS + 40_000, {
      $case: 'checkoutStarted',
      value: { lines: lines.slice(0, 1) },
    });
    expect(story.pay(DAY_MS + 50_000).values['unviewed_items']).toBe(0);
    story.happen(DAY_MS + 60_000, { $case: 'checkoutStarted', value: { lines } });
    expect(story.pay(2 * DAY_MS + 61_000).values['unviewed_items']).toBe(0);
  });

  test('countries of card, goods and visitor are compared where they are known', () => {
    const story = new Story();
    const mismatches = (payment: Record<string, unknown>) => {
      const { values } = story.pay(0, payment);
      return [values['card_country_mismatch'], values['shipping_country_mismatch']];
    };
    const to = (country: string) => ({ shippingAddress: { fingerprint: 'x', country } });
    expect(mismatches({})).toEqual([false, false]);
    expect(mismatches({ card: { country: 'NG' }, ...to('NG') })).toEqual([true, false]);
    expect(mismatches({ card: { country: 'NG' }, ...to('DE') })).toEqual([true, true]);
    expect(mismatches({ card: { fingerprint: 'c' }, ...to('DE') })).toEqual([false, false]);
    expect(mismatches({ card: undefined, ...to('FR') })).toEqual([false, true]);
  });
});

describe('the default rules', () => {
  test('let an everyday customer pass', () => {
    const story = new Story();
    story.happen(0, { $case: 'userSignedUp', value: {} });
    story.view(HOUR_MS, 'a');
    const first = story.pay(2 * HOUR_MS);
    story.authorise(2 * HOUR_MS + 1_000, first.paymentId);
    const second = story.pay(9 * DAY_MS);
    for (const { decision } of [first, second]) {
      expect(decision).toMatchObject({ action: DecisionAction.ALLOW, reasons: [], score: 0 });
    }
  });

  test('stop a device that tries one card after the other, and say why', () => {
    const story = new Story();
    const tried = Array.from({ length: 8 }, (_, index) => {
      const card = { fingerprint: `stolen-${index}`, country: 'US' };
      const amount = { currencyCode: 'EUR', units: 1n };
      const made = story.pay(index * 20_000, { card, amount }, { userId: '' });
      const value = { paymentId: made.paymentId, declineCode: 'do_not_honour' };
      story.happen(index * 20_000 + 500, { $case: 'paymentDeclined', value }, { userId: '' });
      return made.decision;
    });
    expect(tried[0]?.action).toBe(DecisionAction.ALLOW);
    const last = tried.at(-1);
    expect(last?.action).toBeGreaterThanOrEqual(DecisionAction.REVIEW);
    expect(last?.reasons.map(({ text }) => text)).toContain(
      '8 cards on one device within an hour, usually 1',
    );
  });
});
