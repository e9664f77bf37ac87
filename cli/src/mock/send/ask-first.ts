import type { PaymentAttempted } from '@bytebasket/proto/gen/bytebasket/event/v1/payment';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { ByteBasket } from '../../commands/context.js';
import { describeError } from '../../output/describe-error.js';
import type { MockTotals } from './totals.js';

/** A shop does not let its customers wait longer than this for a decision. */
const DEADLINE_MS = 1_000;

/**
 * Asks about a share of the payments before they are tried, as shops do. Returns the payment with the decision's id; as it
 * is when it is not its turn, or when there was no answer in time. The mock shop takes the payment whatever the answer is:
 * what would have happened is known then.
 */
export class AskFirst {
  readonly #client: ByteBasket;
  readonly #share: number;
  #due = 0;

  constructor(client: ByteBasket, share: number) {
    this.#client = client;
    this.#share = share;
  }

  async payment(
    event: Event,
    payment: PaymentAttempted,
    { totals, signal }: { readonly totals: MockTotals; readonly signal: AbortSignal },
  ): Promise<PaymentAttempted> {
    this.#due += this.#share;
    if (this.#due < 1) return payment;
    this.#due -= 1;
    const { anonymousId, userId, sessionId, context } = event;
    const who = { anonymousId, userId, sessionId, ...(context && { context }) };
    try {
      const asked = { ...who, payment, deadlineMs: DEADLINE_MS, signal };
      const { decisionId, action } = await this.#client.fraud.score(asked);
      totals.asked.set(action, (totals.asked.get(action) ?? 0) + 1);
      return { ...payment, decisionId };
    } catch (error) {
      signal.throwIfAborted();
      totals.asked.set('no answer', (totals.asked.get('no answer') ?? 0) + 1);
      totals.note(`a payment was not decided before: ${describeError(error)}`);
      return payment;
    }
  }
}
