import { AlertState } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { Actor, AlertActed, Decided } from './input.js';
import { SavedMap } from './saved-map.js';

/** An alert as far as it matters here; short names because there are many. */
interface KnownAlert {
  /** The device. */
  readonly d: string;
  /** The client's session id, empty when unknown. */
  readonly s: string;
  /** Version, 1 when opened. */
  readonly v: number;
  /** State. */
  readonly a: AlertState;
}

/** Whether an alert may go from one state to another: the rule of the alerts themselves. */
export type TransitionRule = (from: AlertState, to: AlertState) => boolean;

/** A session that must leave the models. */
export interface Banned {
  readonly anonymousId: string;
  readonly sessionId: string;
}

/**
 * Devices whose events do not feed the models: those of a BLOCK decision, and of an alert that became CONFIRMED_FRAUD. An
 * alert that turns out a FALSE_POSITIVE frees its device. The device counts and not the person, so that whoever's account
 * was taken over goes on to count. Bounded: the oldest decisions and devices are forgotten.
 */
export class Suspects {
  readonly #alerts: SavedMap<KnownAlert>;
  /** Payments decided, because the first decision of each holds. */
  readonly #payments: SavedMap<1>;
  /** Device to the decision that banned it. */
  readonly #devices: SavedMap<string>;
  readonly #allowed: TransitionRule;

  constructor(decisionsMax: number, allowed: TransitionRule) {
    this.#allowed = allowed;
    this.#alerts = new SavedMap('alerts/', decisionsMax);
    this.#devices = new SavedMap('suspects/', decisionsMax);
    this.#payments = new SavedMap('payments/', decisionsMax);
  }

  has({ anonymousId }: Actor): boolean {
    return this.#devices.get(anonymousId) !== undefined;
  }

  /** Takes note of a decision; the first one of a payment holds. Returns the session to ban, if any. */
  decide({ decisionId, paymentId, action, actor }: Decided): Banned | undefined {
    if (this.#payments.get(paymentId) !== undefined) return undefined;
    this.#payments.put(paymentId, 1);
    const blocked = action === DecisionAction.BLOCK;
    if (!blocked && action !== DecisionAction.REVIEW) return undefined;
    const { anonymousId, sessionId } = actor;
    this.#alerts.put(decisionId, { d: anonymousId, s: sessionId, v: 1, a: AlertState.OPEN });
    return blocked ? this.#ban(decisionId, { anonymousId, sessionId }) : undefined;
  }

  /**
   * Takes note of an operator's action, which counts if it saw the newest version and leads where an alert may go. Returns
   * the session to ban, if any.
   */
  act({ alertId, expectedVersion, state }: AlertActed): Banned | undefined {
    const alert = this.#alerts.get(alertId);
    if (alert?.v !== expectedVersion) return undefined;
    const moves = state !== AlertState.UNSPECIFIED;
    if (moves && !this.#allowed(alert.a, state)) return undefined;
    this.#alerts.put(alertId, { ...alert, v: alert.v + 1, a: moves ? state : alert.a });
    if (state === AlertState.CONFIRMED_FRAUD) {
      return this.#ban(alertId, { anonymousId: alert.d, sessionId: alert.s });
    }
    if (state === AlertState.FALSE_POSITIVE && this.#devices.get(alert.d) === alertId) {
      this.#devices.delete(alert.d);
    }
    return undefined;
  }

  changedChunks(): Map<string, Uint8Array | undefined> {
    const all = [this.#alerts, this.#devices, this.#payments];
    return new Map(all.flatMap((one) => [...one.changedChunks()]));
  }

  load(chunks: ReadonlyMap<string, Uint8Array>): void {
    this.#alerts.load(chunks);
    this.#devices.load(chunks);
    this.#payments.load(chunks);
  }

  #ban(decisionId: string, session: Banned): Banned | undefined {
    if (session.anonymousId === '') return undefined;
    this.#devices.put(session.anonymousId, decisionId);
    return session;
  }
}
