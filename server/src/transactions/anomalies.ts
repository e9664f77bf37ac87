import type { TransactionFact } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type {
  Anomaly,
  AnomalyKind,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';

/** Anomalies that a transaction lists; more are only counted. */
export const ANOMALIES_MAX = 20;

/** What is found wrong while the facts of a transaction are read, in any order. */
export class Anomalies {
  readonly #found: { readonly place: number; readonly anomaly: Anomaly }[] = [];
  readonly #places: ReadonlyMap<TransactionFact, number>;

  /** `facts`: all of them, in the order in which anomalies are listed. */
  constructor(facts: readonly TransactionFact[]) {
    this.#places = new Map(facts.map((fact, place) => [fact, place]));
  }

  get total(): number {
    return this.#found.length;
  }

  add(kind: AnomalyKind, fact: TransactionFact, description: string): void {
    const occurTime = new Date(Number(fact.occurMs));
    const anomaly = { kind, description, eventId: fact.eventId, occurTime };
    this.#found.push({ place: this.#places.get(fact) ?? 0, anomaly });
  }

  /** The first ones, oldest first. */
  list(): Anomaly[] {
    const sorted = this.#found.sort((a, b) => a.place - b.place);
    return sorted.slice(0, ANOMALIES_MAX).map(({ anomaly }) => anomaly);
  }
}

/** Whether two facts that begin the same thing come from different people. Backends may name a device of their own. */
export function differentPeople(a: TransactionFact, b: TransactionFact): boolean {
  if (a.userId !== '' && b.userId !== '') return a.userId !== b.userId;
  if (a.userId !== '' || b.userId !== '') return false;
  return a.anonymousId !== b.anonymousId;
}
