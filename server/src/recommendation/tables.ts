import type { TableDeclaration } from '../ports/table-store.js';

/**
 * Immutable pieces of the read model's saved state, at most 256 KiB each. Only what the manifest lists that the pointer
 * names is of any meaning; the rest is swept away at the next start.
 */
export const SERVING_STATE_TABLE = {
  name: 'serving_state',
  partitionKey: [{ name: 'owner', type: 'text' }],
  clusteringKey: [
    { name: 'chunk', type: 'text' },
    { name: 'generation', type: 'int' },
    { name: 'piece', type: 'int' },
  ],
  columns: [
    { name: 'pieces', type: 'int', merge: 'last' },
    { name: 'bytes', type: 'bytes', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

/** Which generation of the saved state holds: one row per owner, written last. */
export const SERVING_POINTER_TABLE = {
  name: 'serving_pointer',
  partitionKey: [{ name: 'owner', type: 'text' }],
  clusteringKey: [],
  columns: [{ name: 'generation', type: 'int', merge: 'last' }],
} as const satisfies TableDeclaration;

/** The tables of the recommendation read model. */
export const SERVING_TABLES: readonly TableDeclaration[] = [
  SERVING_STATE_TABLE,
  SERVING_POINTER_TABLE,
];
