import {
  type TransactionFact,
  TransactionFactKind,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import {
  AnomalyKind,
  type Label,
  type Payment,
  PaymentState,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import { type Anomalies, differentPeople } from './anomalies.js';
import { type Amount, amountOf, moneyOf, sameAmount, shown } from './money.js';

/** Labels that a payment lists: those known last. */
export const LABELS_MAX = 20;

/**
 * One payment, fact by fact in the order of the log: attempted -> authorised | declined; declined -> attempted again. The
 * first answer to an attempt counts. An answer may come before its attempt, for they take different ways to the log.
 */
export class PaymentHistory {
  readonly paymentId: string;
  readonly #anomalies: Anomalies;
  #state: PaymentState = PaymentState.UNSPECIFIED;
  #attempted: TransactionFact | undefined;
  #attempts = 0;
  #answers = 0;
  #firstAnswer: TransactionFact | undefined;
  #authorised: TransactionFact | undefined;
  #declineCode = '';
  #newestMs = 0;
  readonly #labels: Label[] = [];

  constructor(paymentId: string, anomalies: Anomalies) {
    this.paymentId = paymentId;
    this.#anomalies = anomalies;
  }

  /** What was taken; undefined while the payment is not authorised. */
  get captured(): Amount | undefined {
    const money = this.#authorised?.amount;
    return money === undefined ? undefined : amountOf(money);
  }

  take(fact: TransactionFact): void {
    this.#newestMs = Math.max(this.#newestMs, Number(fact.occurMs));
    switch (fact.kind) {
      case TransactionFactKind.PAYMENT_ATTEMPTED:
        this.#attempt(fact);
        break;
      case TransactionFactKind.PAYMENT_AUTHORISED:
      case TransactionFactKind.PAYMENT_DECLINED:
        this.#answer(fact);
        break;
      case TransactionFactKind.PAYMENT_LABELLED:
        if (fact.label !== undefined) this.#labels.push(fact.label);
        break;
      default:
    }
  }

  /** All facts were taken: finds what only shows then. */
  finish(): void {
    if (this.#firstAnswer === undefined || this.#attempted !== undefined) return;
    const text = `payment ${this.paymentId} was answered, but never attempted`;
    this.#anomalies.add(AnomalyKind.UNKNOWN_PAYMENT, this.#firstAnswer, text);
  }

  payment(): Payment {
    const first = this.#attempted ?? this.#firstAnswer;
    const known = [...this.#labels].sort((a, b) => knownMs(a) - knownMs(b));
    return {
      paymentId: this.paymentId,
      state: this.#state,
      amount: first?.amount === undefined ? undefined : moneyOf(amountOf(first.amount)),
      method: this.#attempted?.code ?? '',
      attempts: this.#attempts,
      declineCode: this.#declineCode,
      createTime: new Date(Number(first?.occurMs ?? this.#newestMs)),
      updateTime: new Date(this.#newestMs),
      labels: known.slice(-LABELS_MAX),
      decision: undefined,
    };
  }

  #attempt(fact: TransactionFact): void {
    const first = this.#attempted;
    if (first !== undefined && differentPeople(first, fact)) {
      const text = `payment ${this.paymentId} was used before by somebody else`;
      this.#anomalies.add(AnomalyKind.ID_REUSED, fact, text);
      return;
    }
    this.#attempts += 1;
    if (first === undefined) {
      this.#attempted = fact;
      // The answer may have come first: then it is the answer to this attempt.
      if (this.#answers === 0) this.#state = PaymentState.ATTEMPTED;
      else if (this.#firstAnswer !== undefined) this.#compare(this.#firstAnswer, fact);
      return;
    }
    if (this.#state === PaymentState.AUTHORISED) {
      const text = `payment ${this.paymentId} was attempted again after it was authorised`;
      this.#anomalies.add(AnomalyKind.ILLEGAL_TRANSITION, fact, text);
      return;
    }
    this.#attempted = fact;
    this.#answers = 0;
    this.#state = PaymentState.ATTEMPTED;
  }

  #answer(fact: TransactionFact): void {
    this.#firstAnswer ??= fact;
    this.#answers += 1;
    const authorised = fact.kind === TransactionFactKind.PAYMENT_AUTHORISED;
    if (this.#answers > 1) {
      const word = authorised ? 'authorised' : 'declined';
      const before = this.#state === PaymentState.AUTHORISED ? 'authorised' : 'declined';
      const text = `payment ${this.paymentId} was ${word} after it was ${before}: the first answer counts`;
      this.#anomalies.add(AnomalyKind.SECOND_ANSWER, fact, text);
      return;
    }
    if (this.#attempted !== undefined) this.#compare(fact, this.#attempted);
    this.#state = authorised ? PaymentState.AUTHORISED : PaymentState.DECLINED;
    if (authorised) this.#authorised = fact;
    else this.#declineCode = fact.code;
  }

  #compare(answer: TransactionFact, attempt: TransactionFact): void {
    if (answer.amount === undefined || attempt.amount === undefined) return;
    const answered = amountOf(answer.amount);
    const attempted = amountOf(attempt.amount);
    if (sameAmount(answered, attempted)) return;
    const text = `payment ${this.paymentId}: answered for ${shown(answered)}, attempted was ${shown(attempted)}`;
    this.#anomalies.add(AnomalyKind.AMOUNT_MISMATCH, answer, text);
  }
}

function knownMs({ knownTime }: Label): number {
  return knownTime?.getTime() ?? 0;
}
