import {
  OpenTransaction,
  TransactionFactKind,
  TransactionShare,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import { type EventFact, userKeys } from './event-fact.js';

/** Facts kept of one share, and bytes of them: what goes beyond is only counted. */
export const FACTS_MAX = 500;
export const SHARE_BYTES_MAX = 64 * 1024;
/** Users and visitors under whom one share is listed. */
const INDEX_KEYS_MAX = 8;

/** What a fact adds to the tables besides the share itself. */
export interface Added {
  /** Users and visitors that the share was not listed under before. */
  readonly indexKeys: readonly string[];
  /** A payment whose place was not written before. */
  readonly paymentId: string | undefined;
}

/** A share that facts are added to, kept as the bytes of its row: facts are appended, never read. */
export class OpenShare {
  readonly transactionId: string;
  readonly since: number;
  readonly createMs: number;
  readonly #indexKeys: string[];
  readonly #payments: Set<string>;
  #parts: Uint8Array[];
  #bytes: number;
  #facts: number;
  /** Write time of the last fact, microseconds; not part of the snapshot, for a row that is not dirty needs none. */
  writeTime = 0;

  constructor(state: OpenTransaction) {
    this.transactionId = state.transactionId;
    this.since = Number(state.sinceOffset);
    this.createMs = Number(state.createMs);
    this.#indexKeys = state.indexKeys;
    this.#payments = new Set(state.paymentIds);
    this.#parts = [state.share];
    this.#bytes = state.share.length;
    this.#facts = Number(state.factsTotal);
  }

  /** An empty share whose first fact is this one. */
  static of({ transactionId, fact }: EventFact): OpenShare {
    return new OpenShare(
      OpenTransaction.create({ transactionId, sinceOffset: fact.offset, createMs: fact.occurMs }),
    );
  }

  /** Facts, also those that were too many to keep. */
  get facts(): number {
    return this.#facts;
  }

  add({ fact }: EventFact): Added {
    this.#facts += 1;
    const encoded = TransactionShare.encode({ facts: [fact] }).finish();
    if (this.#facts <= FACTS_MAX && this.#bytes + encoded.length <= SHARE_BYTES_MAX) {
      this.#parts.push(encoded);
      this.#bytes += encoded.length;
    }
    const indexKeys = userKeys(fact).filter((key) => this.#takesKey(key));
    return { indexKeys, paymentId: this.#newPayment(fact) };
  }

  /** The encoded TransactionShare. The bytes never change. */
  body(): Uint8Array {
    const [only] = this.#parts;
    if (this.#parts.length === 1 && only !== undefined) return only;
    const whole = new Uint8Array(Buffer.concat(this.#parts));
    this.#parts = [whole];
    return whole;
  }

  state(): OpenTransaction {
    return {
      transactionId: this.transactionId,
      sinceOffset: BigInt(this.since),
      createMs: BigInt(this.createMs),
      indexKeys: this.#indexKeys,
      paymentIds: [...this.#payments],
      share: this.body(),
      factsTotal: BigInt(this.#facts),
    };
  }

  #takesKey(key: string): boolean {
    if (this.#indexKeys.length >= INDEX_KEYS_MAX || this.#indexKeys.includes(key)) return false;
    this.#indexKeys.push(key);
    return true;
  }

  // A label alone says nothing about where a payment belongs.
  #newPayment({ kind, paymentId }: EventFact['fact']): string | undefined {
    if (paymentId === '' || kind === TransactionFactKind.PAYMENT_LABELLED) return undefined;
    if (this.#payments.size >= FACTS_MAX || this.#payments.has(paymentId)) return undefined;
    this.#payments.add(paymentId);
    return paymentId;
  }
}
