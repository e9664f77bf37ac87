import type { EventInput, Identity } from './events/event-input.js';
import type { Track } from './events/track.js';
import type { Alerts } from './fraud/alerts.js';
import type { Fraud } from './fraud/fraud.js';
import type { Metrics } from './metrics/metrics.js';
import type { PublishResult } from './publish/publish-all.js';
import type { Recommendations } from './recommendations/recommendations.js';
import type { ClientStats } from './stats.js';
import type { Transactions } from './transactions/transactions.js';

/** A call that may be given up. */
export interface SignalOption {
  /** Ends the wait; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends events about one visitor. */
export interface Visitor {
  /** One typed method per event of the contract; resolves when the event is queued. See `Track`. */
  readonly track: Track;
  /**
   * Queues events in the given order and resolves when the gateway has answered each: one result per event, in the same
   * order. One bad event never fails its neighbours. Rejects when sending stopped (AccessDeniedError), the client
   * closed, or the signal says so; what was queued by then is delivered all the same.
   */
  publish(events: readonly EventInput[], options?: SignalOption): Promise<readonly PublishResult[]>;
}

/** What was left when a client closed. */
export interface CloseReport {
  /** Events that the gateway has not confirmed. */
  readonly undelivered: number;
  /** True when they lie in the queue's folder for the next client, false when they are lost. */
  readonly kept: boolean;
  /** Why they were not delivered in time; absent when nothing was left. */
  readonly cause?: unknown;
}

/** A client of one gateway. Safe to share within a process; one per process is enough. */
export interface ByteBasket extends Visitor, AsyncDisposable {
  /** The same client with other defaults: who the events are about. Costs little; make one per request if you like. */
  visitor(identity: Identity): Visitor;
  /**
   * Sends what is queued now without waiting for company and resolves when the gateway has answered all of it, whether
   * accepted or rejected. Rejects with the reason when sending is stopped, or with the signal's.
   */
  flush(options?: SignalOption): Promise<void>;
  /** Sends again after sending stopped (see the observer's `stopped`), for instance with a new key. */
  resume(): void;
  /**
   * Takes no more events, delivers what is queued until `signal` (default: 10 seconds), and frees everything. Never
   * rejects for undelivered events: the report tells how many are left and whether the folder keeps them.
   */
  close(options?: SignalOption): Promise<CloseReport>;
  /** Live and past metrics. */
  readonly metrics: Metrics;
  /** Orders with their payments and fraud decisions, live and past. */
  readonly transactions: Transactions;
  /** Fraud decisions before a payment, and what came out later. */
  readonly fraud: Fraud;
  /** Decisions that a person should look at. */
  readonly alerts: Alerts;
  /** What to show to a visitor. */
  readonly recommendations: Recommendations;
  /** Counters and gauges of this client. */
  stats(): ClientStats;
}
