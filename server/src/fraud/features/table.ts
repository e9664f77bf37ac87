import type { TableDeclaration } from '../../ports/table-store.js';

/** The column of an entity's share. */
export const SHARE_COLUMN = 'share';

/**
 * What each topic partition knows of each entity: `share` is the versioned form of `entity-codec.ts`; readers unite the
 * rows of one entity. A row is kept 31 days after its last change, longer than the longest window.
 */
export const FRAUD_FEATURES_TABLE = {
  name: 'fraud_features',
  partitionKey: [
    { name: 'entity_kind', type: 'text' },
    { name: 'entity_id', type: 'text' },
  ],
  clusteringKey: [
    { name: 'topic', type: 'text' },
    { name: 'topic_partition', type: 'int' },
  ],
  columns: [{ name: SHARE_COLUMN, type: 'bytes', merge: 'union' }],
  retentionMs: 31 * 86_400_000,
} as const satisfies TableDeclaration;
