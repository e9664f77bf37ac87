import { COUNT, SKETCH } from './columns.js';
import { PAYLOAD } from './event/event-view.js';

/** Stands for "no distinct count" in an effect. */
export const NO_STEP = -1;

/** What a payload does to every row of its event. */
export interface Effect {
  /** Index of the counter that goes up by one. */
  readonly count: number;
  /** Index of the distinct count that takes the session, a step of the funnel; or NO_STEP. */
  readonly step: number;
  /** Whether the counter is kept by the category of the event's product too. */
  readonly byCategory: boolean;
}

/** Effects by payload. A payload without one counts as an event only. */
export const EFFECTS: ReadonlyMap<number, Effect> = new Map([
  [PAYLOAD.pageViewed, plain(COUNT.page_views)],
  [PAYLOAD.productsSearched, plain(COUNT.searches)],
  [PAYLOAD.productViewed, product(COUNT.product_views, SKETCH.view_sessions)],
  [PAYLOAD.productAdded, product(COUNT.cart_adds, SKETCH.cart_sessions)],
  [PAYLOAD.wishlistProductAddedToCart, product(COUNT.cart_adds, SKETCH.cart_sessions)],
  [PAYLOAD.productRemoved, product(COUNT.cart_removes, NO_STEP)],
  [PAYLOAD.checkoutStarted, step(COUNT.checkouts, SKETCH.checkout_sessions)],
  [PAYLOAD.orderCompleted, step(COUNT.orders, SKETCH.order_sessions)],
  [PAYLOAD.orderRefunded, plain(COUNT.refunds)],
  [PAYLOAD.orderCancelled, plain(COUNT.orders_cancelled)],
  [PAYLOAD.paymentAttempted, plain(COUNT.payment_attempts)],
  [PAYLOAD.paymentAuthorised, plain(COUNT.payments_authorised)],
  [PAYLOAD.paymentDeclined, plain(COUNT.payments_declined)],
  [PAYLOAD.fraudReported, plain(COUNT.fraud_reports)],
  [PAYLOAD.decisionAllowed, plain(COUNT.decisions_allowed)],
  [PAYLOAD.decisionChallenged, plain(COUNT.decisions_challenged)],
  [PAYLOAD.decisionReviewed, plain(COUNT.decisions_reviewed)],
  [PAYLOAD.decisionBlocked, plain(COUNT.decisions_blocked)],
  [PAYLOAD.recommendationShown, plain(COUNT.recommendations_shown)],
  [PAYLOAD.recommendationClicked, plain(COUNT.recommendations_clicked)],
]);

function plain(count: number): Effect {
  return { count, step: NO_STEP, byCategory: false };
}

function step(count: number, sketch: number): Effect {
  return { count, step: sketch, byCategory: false };
}

function product(count: number, sketch: number): Effect {
  return { count, step: sketch, byCategory: true };
}
