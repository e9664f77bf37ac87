import type { TableStore } from '../../ports/table-store.js';
import type { EntityKind } from './declaration.js';
import type { Entity } from './entity.js';
import { entityFromBytes } from './entity-codec.js';
import { FRAUD_FEATURES_TABLE, SHARE_COLUMN } from './table.js';

/** Most rows of one entity: one per topic and partition. */
const SHARES_MAX = 256;

/** What one partition knows of an entity, as it is stored. */
export interface EntityShare {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Uint8Array;
}

/** The shares of an entity as of the last flush; none when it is not known. */
export async function readShares(
  tables: TableStore,
  kind: EntityKind,
  id: string,
): Promise<readonly EntityShare[]> {
  const shares: EntityShare[] = [];
  const options = { limit: SHARES_MAX };
  for await (const row of tables.scan(FRAUD_FEATURES_TABLE.name, [kind, id], options)) {
    const bytes = row.cells[SHARE_COLUMN];
    if (!(bytes instanceof Uint8Array)) continue;
    shares.push({ topic: String(row.key[2]), partition: Number(row.key[3]), bytes });
  }
  return shares;
}

/**
 * Unites the shares of one entity; undefined when there is none. A share that cannot be read, such as one of a newer
 * version, is left out and told to `unreadable`: a payment is decided by what is known.
 */
export function mergeShares(
  shares: Iterable<Uint8Array>,
  unreadable: (error: unknown) => void,
): Entity | undefined {
  let merged: Entity | undefined;
  for (const bytes of shares) {
    let entity: Entity;
    try {
      entity = entityFromBytes(bytes);
    } catch (error) {
      unreadable(error);
      continue;
    }
    if (merged === undefined) merged = entity;
    else if (merged.kind === entity.kind) merged.merge(entity);
    else unreadable(new RangeError(`a share of a ${merged.kind} is one of a ${entity.kind}`));
  }
  return merged;
}
