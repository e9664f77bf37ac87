import {
  type TransactionFact,
  TransactionFactKind,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { TableStore } from '../ports/table-store.js';
import { isAttemptOrAnswer, readFacts, resolveId } from './read-transaction.js';

/** A payment with whose it is: what an event about it needs to come to the same place in the log. */
export interface PaymentPlace {
  readonly paymentId: string;
  /** The person; empty for a guest. */
  readonly userId: string;
  /** The visitor's device. */
  readonly anonymousId: string;
}

/**
 * Finds a payment by its id, or by the transaction's: then the last one authorised is meant, else the last one tried.
 * Undefined while none is known.
 */
export async function lookUpPayment(
  tables: TableStore,
  id: string,
): Promise<PaymentPlace | undefined> {
  const facts = await readFacts(tables, await resolveId(tables, id));
  const about = facts.filter(isAttemptOrAnswer);
  const paymentId = about.some((fact) => fact.paymentId === id) ? id : meant(about)?.paymentId;
  const own = about.filter((one) => one.paymentId === paymentId);
  // The attempt comes from the visitor, an answer perhaps from the shop.
  const fact = own.find(({ kind }) => kind === TransactionFactKind.PAYMENT_ATTEMPTED) ?? own[0];
  if (paymentId === undefined || fact === undefined) return undefined;
  return { paymentId, userId: fact.userId, anonymousId: fact.anonymousId };
}

function meant(facts: readonly TransactionFact[]): TransactionFact | undefined {
  const authorised = facts.findLast(({ kind }) => kind === TransactionFactKind.PAYMENT_AUTHORISED);
  return authorised ?? facts.at(-1);
}
