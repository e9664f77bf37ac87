import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../../gateway/service-error.js';
import type { RowChange, UpdateHub } from '../../gateway/watch/update-hub.js';
import type { TableStore } from '../../ports/table-store.js';
import { ALERT_OUTCOMES_TABLE } from '../tables.js';
import type { ActionName } from './alert-rows.js';
import type { Outcome } from './apply-action.js';
import { outcomeOf } from './outcome-codec.js';

/** Calls that wait for an outcome at a time. */
const WAITING_MAX = 1_000;

/** One call that waits. */
export interface WaitingCall {
  /** The outcome, once it is there; undefined when changes were missed: read the row. */
  readonly outcome: Promise<Outcome | undefined>;
  leave(): void;
}

type Tell = (outcome: Outcome | undefined) => void;

/** Hears the outcomes of all operators' actions, for those who wait for one. Subscribes with the first of them. */
export class OutcomeWaiters {
  readonly #hub: UpdateHub;
  readonly #waiting = new Map<string, Set<Tell>>();
  #calls = 0;
  #subscription: Promise<() => void> | undefined;

  constructor(hub: UpdateHub) {
    this.#hub = hub;
  }

  /** Resolves once every later outcome of the action is heard. Throws ServiceError GATEWAY_SATURATED. */
  async expect(name: ActionName): Promise<WaitingCall> {
    if (this.#calls >= WAITING_MAX) throw saturated();
    this.#calls += 1;
    const id = idOf([name.requestId, name.alertId, name.digest]);
    const calls = this.#waiting.get(id) ?? new Set<Tell>();
    this.#waiting.set(id, calls);
    let tell: Tell = () => undefined;
    const outcome = new Promise<Outcome | undefined>((resolve) => (tell = resolve));
    calls.add(tell);
    const leave = (): void => {
      if (!calls.delete(tell)) return;
      this.#calls -= 1;
      if (calls.size === 0) this.#waiting.delete(id);
    };
    try {
      await this.#subscribe();
    } catch (error) {
      leave();
      throw error;
    }
    return { outcome, leave };
  }

  /** Hears nothing more; who waits is told to read. */
  close(): void {
    this.#tellAll();
    this.#subscription?.then(
      (unsubscribe) => {
        unsubscribe();
      },
      () => undefined, // Whoever waited for it heard that it failed.
    );
  }

  #subscribe(): Promise<() => void> {
    const subscription = (this.#subscription ??= this.#hub.subscribe(
      [ALERT_OUTCOMES_TABLE.name],
      (changes) => {
        this.#hear(changes);
      },
      {
        onGap: () => {
          this.#tellAll();
        },
      },
    ));
    subscription.catch(() => {
      // The next call tries again.
      if (this.#subscription === subscription) this.#subscription = undefined;
    });
    return subscription;
  }

  #hear(changes: readonly RowChange[]): void {
    for (const { key, cells } of changes) {
      const calls = this.#waiting.get(idOf(key));
      if (calls === undefined) continue;
      const outcome = outcomeOf(cells);
      for (const tell of calls) tell(outcome);
    }
  }

  #tellAll(): void {
    for (const calls of this.#waiting.values()) {
      for (const tell of calls) tell(undefined);
    }
  }
}

/** The outcome of an action, as far as it is known. */
export async function readOutcome(
  tables: TableStore,
  { requestId, alertId, digest }: ActionName,
): Promise<Outcome | undefined> {
  const range = { from: [alertId, digest], limit: 1 };
  for await (const { key, cells } of tables.scan(ALERT_OUTCOMES_TABLE.name, [requestId], range)) {
    return key[1] === alertId && key[2] === digest ? outcomeOf(cells) : undefined;
  }
  return undefined;
}

function idOf([requestId, alertId, digest]: readonly (string | number)[]): string {
  return `${requestId ?? ''} ${alertId ?? ''} ${digest ?? ''}`;
}

function saturated(): ServiceError {
  const text = `${WAITING_MAX} changes of alerts wait for their outcome, as many as may: send again later`;
  return new ServiceError(ErrorReason.GATEWAY_SATURATED, text, {
    metadata: { limit: String(WAITING_MAX) },
  });
}
