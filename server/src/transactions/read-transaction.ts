import {
  type TransactionFact,
  TransactionFactKind,
  TransactionShare,
} from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { Decision } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import type { Row, TableStore } from '../ports/table-store.js';
import { userKeys } from './event-fact.js';
import { assemble, inOrder, PAYMENTS_MAX, type PlacedFact } from './assemble.js';
import { TRANSACTION_PAYMENTS_TABLE, TRANSACTIONS_TABLE } from './tables.js';

/** Shares of one id that are read; one more comes with every partition, and with every event after a long silence. */
const SHARES_MAX = 64;
/** Transactions that a payment was named with, as far as they are looked at. */
const PLACES_MAX = 16;

/** The decision that holds for a payment; undefined while there is none. */
export type DecisionOf = (paymentId: string) => Promise<Decision | undefined>;

/** The row of an index under which a transaction is listed; its other rows are passed over. */
export interface ListedAt {
  readonly id: string;
  /** When the first event of the share happened, milliseconds. */
  readonly createMs: number;
}

/** One share as its row has it. */
interface Share extends ListedAt {
  readonly partition: number;
  readonly total: number;
  readonly facts: readonly TransactionFact[];
}

/** A transaction with what its lists need to know. */
export interface ReadTransaction {
  readonly transaction: Transaction;
  /** Where it is listed by time or, with a user or visitor, for him; undefined when he has nothing to do with it. */
  listedAt(userKey?: string): ListedAt | undefined;
}

/**
 * The id under which a payment or an order is read: that of the order that the payment was named with first, the id
 * itself where no order is known.
 */
export async function resolveId(tables: TableStore, id: string): Promise<string> {
  let found: { readonly transactionId: string; readonly createMs: number } | undefined;
  const places = tables.scan(TRANSACTION_PAYMENTS_TABLE.name, [id], { limit: PLACES_MAX });
  for await (const { key, cells } of places) {
    const transactionId = String(key[1]);
    const createMs = Number(cells['create_ms'] ?? 0);
    if (transactionId === id) continue;
    if (found === undefined || createMs < found.createMs) found = { transactionId, createMs };
  }
  return found?.transactionId ?? id;
}

/**
 * Reads a transaction by an id that was resolved: its own shares, and those of its payments from events that named no
 * order. Guests who log in between two events have shares in two partitions. Undefined when nothing is known.
 */
export async function readTransaction(
  tables: TableStore,
  transactionId: string,
): Promise<ReadTransaction | undefined> {
  const shares = await allShares(tables, transactionId);
  const placed = placedFacts(shares);
  if (placed.length === 0) return undefined;
  const version = shares.reduce((sum, { total }) => sum + total, 0);
  return {
    transaction: assemble(transactionId, placed, version),
    listedAt: (userKey) =>
      firstOf(userKey === undefined ? shares : shares.filter((share) => names(share, userKey))),
  };
}

/** The facts of a transaction in order, by an id that was resolved. */
export async function readFacts(
  tables: TableStore,
  transactionId: string,
): Promise<readonly TransactionFact[]> {
  return inOrder(placedFacts(await allShares(tables, transactionId)));
}

/** The transaction with the decisions about its payments. */
export async function withDecisions(
  transaction: Transaction,
  decisionOf: DecisionOf,
): Promise<Transaction> {
  const payments = await Promise.all(
    transaction.payments.map(async (payment) => {
      const decision = await decisionOf(payment.paymentId);
      return { ...payment, decision };
    }),
  );
  return { ...transaction, payments };
}

async function allShares(tables: TableStore, transactionId: string): Promise<readonly Share[]> {
  const own = await sharesOf(tables, transactionId);
  const payments = new Set(own.flatMap(({ facts }) => facts.map(({ paymentId }) => paymentId)));
  payments.delete('');
  payments.delete(transactionId);
  const joined = await Promise.all(
    [...payments].slice(0, PAYMENTS_MAX).map(async (paymentId) => {
      const shares = await sharesOf(tables, paymentId);
      // An id that was used for several orders belongs to the first.
      const mine = shares.length > 0 && (await resolveId(tables, paymentId)) === transactionId;
      return mine ? shares.map((share) => onlyOf(share, paymentId)) : [];
    }),
  );
  return [...own, ...joined.flat().filter(({ facts }) => facts.length > 0)];
}

/** An order may have the id of a payment; what is about the order is not the payment's. */
function onlyOf(share: Share, paymentId: string): Share {
  return { ...share, facts: share.facts.filter((fact) => fact.paymentId === paymentId) };
}

async function sharesOf(tables: TableStore, id: string): Promise<readonly Share[]> {
  const shares: Share[] = [];
  for await (const row of tables.scan(TRANSACTIONS_TABLE.name, [id], { limit: SHARES_MAX })) {
    shares.push(shareOf(row));
  }
  return shares;
}

function shareOf({ key, cells }: Row): Share {
  const { body } = cells;
  const facts = body instanceof Uint8Array ? TransactionShare.decode(body).facts : [];
  return {
    id: String(key[0]),
    partition: Number(key[1]),
    createMs: Number(cells['create_ms'] ?? 0),
    total: Number(cells['facts'] ?? 0),
    facts,
  };
}

function placedFacts(shares: readonly Share[]): readonly PlacedFact[] {
  return shares.flatMap(({ partition, facts }) => facts.map((fact) => ({ partition, fact })));
}

function firstOf(shares: readonly Share[]): Share | undefined {
  let first: Share | undefined;
  for (const share of shares) {
    if (first === undefined || appended(share) < appended(first)) first = share;
  }
  return first;
}

function appended({ facts: [first] }: Share): bigint {
  return first?.appendMs ?? 0n;
}

function names({ facts }: Share, userKey: string): boolean {
  return facts.some((fact) => userKeys(fact).includes(userKey));
}

/** What happens to a payment before anything is said about it afterwards. */
export function isAttemptOrAnswer({ kind }: TransactionFact): boolean {
  return (
    kind === TransactionFactKind.PAYMENT_ATTEMPTED ||
    kind === TransactionFactKind.PAYMENT_AUTHORISED ||
    kind === TransactionFactKind.PAYMENT_DECLINED
  );
}
