import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/errors.js';
import type { TopicPartition } from '../ports/event-log.js';
import type { Row, TableStore } from '../ports/table-store.js';
import { OWNERSHIP_TABLE } from './tables.js';

/** Others may take the same partition at the same moment; more refusals in a row than this are no race any more. */
const ATTEMPTS_MAX = 100;

export interface OwnershipOptions {
  readonly tables: TableStore;
  readonly clock: Clock;
  /** Name of this owner, for operators: host, process, start. */
  readonly owner: string;
}

/**
 * Takes a partition: its epoch grows by one, in one compare-and-set. Always succeeds in the end, because the newest
 * owner is the right one (the group gave it the partition); the one before loses its next snapshot.
 * Returns the epoch, 1 or more. Throws Conflict when 100 attempts in a row were refused.
 */
export async function takeOwnership(
  { tables, clock, owner }: OwnershipOptions,
  { topic, partition }: TopicPartition,
): Promise<number> {
  const key = [topic, partition];
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const row = await tables.get(OWNERSHIP_TABLE.name, key);
    const held = intCell(row, 'epoch') ?? 0;
    const nowMs = clock.nowMs();
    const taken = await tables.compareAndSet(OWNERSHIP_TABLE.name, {
      key,
      expected: row === undefined ? undefined : { epoch: held },
      next: { epoch: held + 1, owner, since_ms: Math.floor(nowMs) },
      writeTime: laterWriteTime(row?.writeTime, nowMs),
    });
    if (taken) return held + 1;
  }
  throw new PortError(
    'Conflict',
    `${topic}/${partition} changed its owner ${ATTEMPTS_MAX} times while ${owner} took it: ` +
      'look for processors that restart over and over',
  );
}

/** The epoch of a partition's newest owner; 0 before the first. */
export async function ownedEpoch(
  tables: TableStore,
  { topic, partition }: TopicPartition,
): Promise<number> {
  const row = await tables.get(OWNERSHIP_TABLE.name, [topic, partition]);
  return intCell(row, 'epoch') ?? 0;
}

/** A whole number of a row, undefined when the row or the cell is absent. */
export function intCell(row: Row | undefined, column: string): number | undefined {
  const cell = row?.cells[column];
  return typeof cell === 'number' ? cell : undefined;
}

/** A write time for a change made now that wins over one made at `writeTime`, microseconds. */
export function laterWriteTime(writeTime: number | undefined, nowMs: number): number {
  return Math.max((writeTime ?? 0) + 1, Math.floor(nowMs * 1_000));
}
