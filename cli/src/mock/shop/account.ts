import { AddressKind, LoginFailure } from '@bytebasket/proto/gen/bytebasket/event/v1/account';
import { createHash } from 'node:crypto';
import { SECOND_MS } from '../world.js';
import type { Doing } from './browse.js';
import type { HomeAddress } from './population.js';
import type { Visit } from './visit.js';

/** Logs into an account; `fresh` is true on a device that the account was not known on. */
export function* logIn(visit: Visit, userId: string, fresh: boolean): Doing<void> {
  visit.become(userId);
  visit.emit({ $case: 'userLoggedIn', value: { method: 'password' } });
  if (fresh) identify(visit, userId);
  yield 2 * SECOND_MS;
}

/** Tries wrong passwords for an account. */
export function* failToLogIn(visit: Visit, userId: string, times: number): Doing<void> {
  visit.become(userId);
  for (let count = 0; count < times; count++) {
    const failure = LoginFailure.WRONG_PASSWORD;
    visit.emit({ $case: 'loginFailed', value: { failure, method: 'password' } });
    yield visit.world.random.logNormal(9 * SECOND_MS, 0.6);
  }
  visit.become('');
}

/** Makes an account and goes on with it. */
export function* signUp(visit: Visit, userId: string): Doing<void> {
  visit.become(userId);
  visit.emit({ $case: 'userSignedUp', value: { method: 'email' } });
  identify(visit, userId);
  yield 4 * SECOND_MS;
}

/** Sets a new password; the account is logged in afterwards. */
export function* resetPassword(visit: Visit, userId: string): Doing<void> {
  yield visit.world.random.logNormal(50 * SECOND_MS, 0.5);
  visit.become(userId);
  visit.emit({ $case: 'passwordReset', value: { method: 'email_link' } });
  yield 3 * SECOND_MS;
}

/** Gives the account a new shipping address. */
export function* changeAddress(visit: Visit, { fingerprint }: HomeAddress): Doing<void> {
  visit.emit({ $case: 'addressChanged', value: { kind: AddressKind.SHIPPING, fingerprint } });
  yield visit.world.random.logNormal(20 * SECOND_MS, 0.4);
}

function identify(visit: Visit, userId: string): void {
  // Stands for the hash of a real address: stable for the account, and nobody's.
  const emailHash = createHash('sha256').update(`${userId}@mock.example`).digest('hex');
  visit.emit({ $case: 'userIdentified', value: { emailHash } });
}
