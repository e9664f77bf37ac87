import { ENTITY_KINDS, type EntityKind, SMALL_PAYMENT_UNITS } from './declaration.js';
import type { Entity } from './entity.js';
import { entityIds, type PaymentFacts } from './payment-facts.js';
import { countryNumber, textHash } from './text-hash.js';

/** Gives the entity to change, made when it is new. */
export type TouchEntity = (kind: EntityKind, id: string) => Entity;

const SMALL_MICROS = SMALL_PAYMENT_UNITS * 1_000_000;

/** The entry of an id in sets; 0 for an unknown one, which is never added. */
export function entryOf(id: string): number {
  return id === '' ? 0 : textHash(id);
}

/**
 * Counts a payment for everyone who takes part: the fold in its state, a question before the payment in a merged copy. So
 * every window includes the payment that is decided, whoever decides it.
 */
export function countPayment(touch: TouchEntity, facts: PaymentFacts): void {
  const ids = entityIds(facts);
  const { atMs, currency, amountMicros } = facts;
  const user = entryOf(ids.user);
  const card = entryOf(ids.card);
  const device = entryOf(ids.device);
  const address = entryOf(ids.address);
  const country = countryNumber(facts.country);
  for (const kind of ENTITY_KINDS) {
    if (ids[kind] === '') continue;
    const entity = touch(kind, ids[kind]);
    entity.see(atMs);
    entity.count('payments', atMs);
    if (amountMicros < SMALL_MICROS) entity.count('small_payments', atMs);
    entity.add('users', user, atMs);
    entity.add('cards', card, atMs);
    entity.add('devices', device, atMs);
    entity.add('addresses', address, atMs);
    entity.add('countries', country, atMs);
    entity.spend(currency, amountMicros, atMs);
  }
}
