import { PaymentAttempted } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import { type Decision, DecisionOrigin } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { ScoreTransactionRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import type { Clock } from '../../ports/clock.js';
import { PortError } from '../../ports/errors.js';
import type { EventLog } from '../../ports/event-log.js';
import { partitionOf } from '../../ports/partition-of.js';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import { decisionOf } from '../alerts/read-alerts.js';
import { decisionRecord } from '../decide/decision-record.js';
import type { ScoreInput, Scorer } from '../decide/scorer.js';
import { paymentFacts } from '../features/payment-facts.js';
import { readRecentDecisions, RecentDecisions } from './recent-decisions.js';

const RETRY_AFTER_MS = 100;

export interface ScoreTransactionOptions {
  readonly scorer: Scorer;
  /** Holds FRAUD_TABLES and the processor's progress. */
  readonly tables: TableStore;
  /** Holds the topic `fraud-decisions`. */
  readonly derived: EventLog;
  readonly clock: Clock;
  /** Payments being decided at once; more get Throttled. Default 2,000. */
  readonly inFlightMax?: number | undefined;
  /** Own decisions remembered until the table has them, 1 or more. Default 20,000. */
  readonly recentMax?: number | undefined;
}

/** Decides payments that are asked about. */
export interface ScoreTransaction {
  /**
   * The decision about a payment, durable. The same payment_id gives the same decision: asked at the same time, again,
   * and after a restart; the first question counts, whatever later ones say of the payment. Two questions and the event
   * of the payment may still be decided in two places within one flush of the processor: then the log's first one counts.
   * Throws Throttled past the bound, and what log and tables throw.
   */
  score(request: ScoreTransactionRequest): Promise<Decision>;
}

/** Opens it with the decisions that the log has and the table may not have yet. */
export async function openScoreTransaction(
  options: ScoreTransactionOptions,
): Promise<ScoreTransaction> {
  const { scorer, tables, derived, clock, inFlightMax = 2_000, recentMax = 20_000 } = options;
  const recent = new RecentDecisions(recentMax);
  await readRecentDecisions({ tables, derived, into: recent });
  const inFlight = new Map<string, Promise<Decision>>();

  async function decide(request: ScoreTransactionRequest, paymentId: string): Promise<Decision> {
    const known = recent.get(paymentId) ?? (await decisionOf(tables, paymentId));
    if (known !== undefined) return known;
    const [decision] = await scorer.score([inputOf(request, clock.nowMs())], DecisionOrigin.ASKED);
    if (decision === undefined) throw new TypeError(`payment ${paymentId} got no decision`);
    const record = decisionRecord(decision);
    const partition = partitionOf(record.key, derived.partitions);
    await derived.append(TOPICS.fraudDecisions, [{ ...record, partition }]);
    recent.add(decision);
    return decision;
  }

  return {
    score(request) {
      const paymentId = request.payment?.paymentId ?? '';
      const underWay = inFlight.get(paymentId);
      if (underWay !== undefined) return underWay;
      if (inFlight.size >= inFlightMax) return Promise.reject(saturated(inFlightMax));
      const deciding = decide(request, paymentId).finally(() => inFlight.delete(paymentId));
      inFlight.set(paymentId, deciding);
      return deciding;
    },
  };
}

function inputOf(request: ScoreTransactionRequest, atMs: number): ScoreInput {
  const payment = request.payment ?? PaymentAttempted.create();
  return {
    facts: paymentFacts(payment, {
      atMs,
      userId: request.userId,
      deviceId: request.anonymousId,
      sessionId: request.sessionId,
      eventId: '',
      ip: request.context?.ip ?? '',
      country: request.context?.country ?? '',
    }),
    productIds: request.lines.map((line) => line.product?.productId ?? ''),
  };
}

function saturated(inFlightMax: number): PortError {
  return new PortError(
    'Throttled',
    `${inFlightMax} payments are being decided: ask again in ${RETRY_AFTER_MS} ms`,
    { retryAfterMs: RETRY_AFTER_MS },
  );
}
