import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import type { Script } from '../agenda.js';
import { DAY_MS, HOUR_MS, type Who, type World } from '../world.js';
import type { Payment } from './payment.js';

/**
 * What the shop learns about a fraud, once: a chargeback or the customer's claim, days later; about a payment that was
 * declined there is no chargeback, so somebody reviewed it.
 */
export function* fraudLabel(world: World, who: Who, payment: Payment): Script {
  const { random } = world;
  const claimed = random.chance(0.25);
  const source = !payment.authorised
    ? LabelSource.MANUAL_REVIEW
    : claimed
      ? LabelSource.CUSTOMER_CLAIM
      : LabelSource.CHARGEBACK;
  const median = source === LabelSource.CHARGEBACK ? 12 * DAY_MS : 2 * DAY_MS;
  yield Math.min(60 * DAY_MS, HOUR_MS + random.logNormal(median, 0.5));
  report(world, who, { payment, source, verdict: LabelVerdict.FRAUD });
}

/** A complaint about an honest payment, and what a review of it found. */
export function* falseClaim(world: World, who: Who, payment: Payment): Script {
  const { random } = world;
  yield HOUR_MS + random.logNormal(6 * DAY_MS, 0.5);
  const verdict = random.chance(0.7) ? LabelVerdict.LEGITIMATE : LabelVerdict.INCONCLUSIVE;
  report(world, who, { payment, source: LabelSource.MANUAL_REVIEW, verdict });
}

interface Finding {
  readonly payment: Payment;
  readonly source: LabelSource;
  readonly verdict: LabelVerdict;
}

/** The shop reports by itself: no visit and no device of the visitor, but the payment's key. */
function report(world: World, who: Who, { payment, source, verdict }: Finding): void {
  const { anonymousId, userId, fraud } = who;
  const { paymentId, atMs } = payment;
  const fraudTime = verdict === LabelVerdict.FRAUD ? world.timeOf(atMs) : undefined;
  world.emit(
    { anonymousId, userId, sessionId: '', fraud },
    { $case: 'labelReported', value: { paymentId, source, verdict, fraudTime } },
  );
}
