// The sessions of Diginetica (protocol R1 of the data page) in the read model that serves.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionIndex } from '@bytebasket/server/recommendation/models/session-index';
import { readParquet } from '../../cli/src/importers/readers/parquet.js';

export const DIGINETICA = join(process.env['BYTEBASKET_DATA'] ?? '../shared/data', 'diginetica');

/** Whether the data is there; it is not part of the repository. */
export function digineticaPresent(): boolean {
  return existsSync(DIGINETICA);
}

/** A test case: what comes after these items? */
export interface DigineticaCase {
  readonly prefix: readonly string[];
  readonly next: string;
}

/** Adds the training clicks to an index, oldest session first. */
export async function addTrainingClicks(index: SessionIndex): Promise<void> {
  for await (const { row } of readParquet(join(DIGINETICA, 'train.parquet'))) {
    index.append(Number(row['session_id']), String(row['item_id']), 0);
  }
}

/** Every n-th test case. */
export async function digineticaCases(every = 1): Promise<DigineticaCase[]> {
  const cases: DigineticaCase[] = [];
  let at = 0;
  for await (const { row } of readParquet(join(DIGINETICA, 'test.parquet'))) {
    if (at++ % every !== 0) continue;
    const prefix = Array.from(row['prefix'] as Iterable<number>, String);
    cases.push({ prefix, next: String(row['label']) });
  }
  return cases;
}

/** HR@20 and MRR@20 of answers: the share of cases with the next item among the first 20, the mean of 1 / its place. */
export class NextItemScore {
  #cases = 0;
  #hits = 0;
  #reciprocal = 0;

  add(items: readonly string[], next: string): void {
    this.#cases++;
    const place = items.slice(0, 20).indexOf(next);
    if (place < 0) return;
    this.#hits++;
    this.#reciprocal += 1 / (place + 1);
  }

  get cases(): number {
    return this.#cases;
  }

  get hr20(): number {
    return this.#hits / this.#cases;
  }

  get mrr20(): number {
    return this.#reciprocal / this.#cases;
  }
}
