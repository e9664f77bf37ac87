import type { TableDeclaration } from '../ports/table-store.js';

/** The consumer group of the processor, and the first part of the key of its progress. */
export const PROCESSOR_GROUP = 'processor';

/** Who owns a partition: an epoch that grows by one with every owner. Changed by compare-and-set only. */
export const OWNERSHIP_TABLE = {
  name: 'processor_ownership',
  partitionKey: [
    { name: 'topic', type: 'text' },
    { name: 'source_partition', type: 'int' },
  ],
  clusteringKey: [],
  columns: [
    { name: 'epoch', type: 'int', merge: 'last' },
    { name: 'owner', type: 'text', merge: 'last' },
    { name: 'since_ms', type: 'int', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

const FOLD_SOURCE_KEY = [
  { name: 'fold', type: 'text' },
  { name: 'topic', type: 'text' },
  { name: 'source_partition', type: 'int' },
] as const;

/**
 * The pointer of each fold and partition: `pointer` is a storage.v1 SnapshotPointer. `epoch` and `sequence` repeat what
 * the compare-and-set needs; a new owner raises `epoch` first, so that no older owner can flip the pointer any more.
 */
export const SNAPSHOTS_TABLE = {
  name: 'processor_snapshots',
  partitionKey: FOLD_SOURCE_KEY,
  clusteringKey: [],
  columns: [
    { name: 'epoch', type: 'int', merge: 'last' },
    { name: 'sequence', type: 'int', merge: 'last' },
    { name: 'pointer', type: 'bytes', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

/** Immutable pieces of snapshot chunks, at most 256 KiB each; only what a pointer lists is of any meaning. */
export const CHUNKS_TABLE = {
  name: 'processor_chunks',
  partitionKey: FOLD_SOURCE_KEY,
  clusteringKey: [
    { name: 'chunk', type: 'text' },
    { name: 'epoch', type: 'int' },
    { name: 'sequence', type: 'int' },
    { name: 'piece', type: 'int' },
  ],
  columns: [
    { name: 'pieces', type: 'int', merge: 'last' },
    { name: 'bytes', type: 'bytes', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

/**
 * How far the rows are: every record of the partition below `next_offset` is in the tables and in `updates`;
 * `watermark_ms` is the append time of the newest of them. The same goes to every partition of `updates`, after the
 * rows of the flush, so that a reader of one partition knows what it has seen there.
 */
export const PROGRESS_TABLE = {
  name: 'processor_progress',
  partitionKey: [{ name: 'consumer', type: 'text' }],
  clusteringKey: [
    { name: 'topic', type: 'text' },
    { name: 'source_partition', type: 'int' },
  ],
  columns: [
    { name: 'next_offset', type: 'int', merge: 'last' },
    { name: 'watermark_ms', type: 'int', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

/** The tables that the processor needs besides those of its folds. */
export const PROCESSOR_TABLES: readonly TableDeclaration[] = [
  OWNERSHIP_TABLE,
  SNAPSHOTS_TABLE,
  CHUNKS_TABLE,
  PROGRESS_TABLE,
];
