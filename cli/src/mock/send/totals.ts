import { FRAUD_TYPES, type FraudType } from '../settings.js';
import type { MockRecord } from '../world.js';

const LISTED_MAX = 20;

const grouped = new Intl.NumberFormat('en-GB');
const counted = (count: number, what: string): string => `${grouped.format(count)} ${what}`;

/** What a run of the mock shop counted so far. */
export class MockTotals {
  /** Events handed to the client, or written. */
  events = 0;
  accepted = 0;
  duplicates = 0;
  rejected = 0;
  payments = 0;
  labels = 0;
  /** Payments that were asked about before, by the answer. */
  readonly asked = new Map<string, number>();
  readonly fraud = new Map<FraudType, number>();
  /** The first 20 rejected events, in words. */
  readonly #listed: string[] = [];
  readonly #notes = new Set<string>();

  handed({ event, truth }: MockRecord): void {
    this.events++;
    if (event.payload?.$case === 'labelReported') this.labels++;
    if (event.payload?.$case !== 'paymentAttempted') return;
    this.payments++;
    if (truth === undefined) return;
    const { fraudType } = truth;
    this.fraud.set(fraudType, (this.fraud.get(fraudType) ?? 0) + 1);
  }

  reject(line: string): void {
    this.rejected++;
    if (this.#listed.length < LISTED_MAX) this.#listed.push(line);
  }

  /** What is worth telling once, such as why events were lost. */
  note(text: string): void {
    if (this.#notes.size < LISTED_MAX) this.#notes.add(text);
  }

  /** Answered one way or the other. */
  get settled(): number {
    return this.accepted + this.duplicates + this.rejected;
  }

  /** Handed to the client and not answered when the run ended. */
  get unanswered(): number {
    return this.events - this.settled;
  }

  get fraudPayments(): number {
    return [...this.fraud.values()].reduce((sum, count) => sum + count, 0);
  }

  /** For `--json`; what only a server can answer is left out of a file's. */
  toJson({ sent }: { readonly sent: boolean }): Record<string, unknown> {
    const { events, accepted, duplicates, rejected, unanswered, payments, labels } = this;
    const fraud = FRAUD_TYPES.map((type) => [type, this.fraud.get(type) ?? 0] as const);
    return {
      events,
      ...(sent && { accepted, duplicates, rejected, unanswered }),
      payments,
      fraudPayments: Object.fromEntries(fraud),
      labels,
      ...(this.asked.size > 0 && { asked: Object.fromEntries(this.asked) }),
    };
  }

  lines({ sent }: { readonly sent: boolean }): string[] {
    const answers = [
      counted(this.accepted, 'accepted'),
      counted(this.duplicates, 'duplicates'),
      counted(this.rejected, 'rejected'),
      ...(this.unanswered === 0 ? [] : [counted(this.unanswered, 'not answered')]),
    ];
    const kinds = [...this.fraud].map(([type, count]) => counted(count, type));
    const asked = [...this.asked].map(([answer, count]) => counted(count, answer));
    const more = this.rejected - this.#listed.length;
    return [
      ...this.#listed,
      ...(more === 0 ? [] : [`… ${counted(more, 'more rejected events')}`]),
      ...[...this.#notes].map((note) => `note: ${note}`),
      `${counted(this.events, 'events')}: ${sent ? answers.join(', ') : 'written'}`,
      `${counted(this.payments, 'payments')}, ${counted(this.fraudPayments, 'of them fraud')}` +
        `${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}, ${counted(this.labels, 'labels')}`,
      ...(asked.length === 0 ? [] : [`asked before the payment: ${asked.join(', ')}`]),
    ];
  }
}
