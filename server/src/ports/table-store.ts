/**
 * Typed rows by partition key and clustering key. A table is declared once, as data; the DDL of one engine and the
 * key order of another both come from that declaration.
 */

/** Types of a cell. `int` is a whole number below 2^53; `bigint` is signed 64 bit and beyond. */
export type ColumnType = 'text' | 'int' | 'bigint' | 'double' | 'boolean' | 'bytes';

/** The JavaScript value of a cell: text string, int/double number, bigint bigint, boolean, bytes Uint8Array. */
export type Cell = string | number | bigint | boolean | Uint8Array;

/**
 * How readers combine the shares that several partitions wrote for one logical row: `sum`, `min`, `max` of
 * numbers; `union` of a bounded set (bytes of its own codec); `sketch` merged by the codec that owns it;
 * `last` takes the newest (columns with one writer).
 */
export type Merge = 'last' | 'sum' | 'min' | 'max' | 'union' | 'sketch';

export interface KeyColumn {
  readonly name: string;
  /** Keys order as values: numbers numerically, text by UTF-8 bytes. */
  readonly type: 'text' | 'int';
}

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly merge: Merge;
}

export interface TableDeclaration {
  readonly name: string;
  /** Rows of one partition key lie together. At least one column. */
  readonly partitionKey: readonly KeyColumn[];
  /** Order within a partition. May be empty. */
  readonly clusteringKey: readonly KeyColumn[];
  readonly columns: readonly Column[];
  /** Milliseconds that a row is kept after its write; undefined keeps for ever. */
  readonly retentionMs?: number | undefined;
}

/** Values of key columns, in declared order. */
export type Key = readonly (string | number)[];

/** Cells by column name; a column that was never written is absent. */
export type Cells = Readonly<Record<string, Cell>>;

export interface RowWrite {
  /** Partition key followed by clustering key, complete. */
  readonly key: Key;
  /** Only the named columns change. At least one. */
  readonly cells: Cells;
  /** Microseconds since the Unix epoch; the newest write of a cell wins, an older one is dropped without error. */
  readonly writeTime: number;
}

export interface RowDelete {
  readonly key: Key;
  /** Removes cells written at or before this time (microseconds). */
  readonly writeTime: number;
}

export interface Row {
  readonly key: Key;
  readonly cells: Cells;
  /** The newest write time among the row's cells, microseconds. */
  readonly writeTime: number;
}

/** A range of clustering keys within one partition; bounds are prefixes of the clustering key. */
export interface ScanOptions {
  /** Inclusive lower bound. */
  readonly from?: Key;
  /** Exclusive upper bound. */
  readonly to?: Key;
  readonly reverse?: boolean;
  /** Most rows to yield, 1 or more; default unbounded (stream it). */
  readonly limit?: number;
}

/** A conditional change: `expected` undefined means that the row must be absent; otherwise each named cell must be equal. */
export interface CompareAndSet {
  readonly key: Key;
  readonly expected: Cells | undefined;
  readonly next: Cells;
  /** Microseconds; becomes the write time of the changed cells. */
  readonly writeTime: number;
}

export interface TableStoreCapabilities {
  /** All rows of one `write` become visible and durable together. */
  readonly atomicWrite: boolean;
  /** Expired rows disappear by themselves; otherwise `expire` must be called. */
  readonly nativeExpiry: boolean;
}

/**
 * Tables that were declared at open. Throws PortError: NotFound for an undeclared table, OutOfRange for a key or cell
 * that does not fit the declaration (names the column and the value), Unavailable (retryable).
 */
export interface TableStore {
  readonly capabilities: TableStoreCapabilities;

  /** Writes rows; durable when it resolves. Idempotent: last write by write time wins cell by cell. At most 10,000 rows. */
  write(table: string, rows: readonly RowWrite[]): Promise<void>;

  /** Deletes rows; durable when it resolves. A later write with a newer write time brings a row back. */
  remove(table: string, rows: readonly RowDelete[]): Promise<void>;

  /** One row, or undefined. Sees every write of this process that resolved before the call. */
  get(table: string, key: Key): Promise<Row | undefined>;

  /** Rows of one partition in clustering order. */
  scan(table: string, partitionKey: Key, options?: ScanOptions): AsyncIterable<Row>;

  /**
   * Changes one row if it still is as expected; durable when it resolves. Linearisable per row. Returns whether it
   * was applied. Rows changed this way must not be changed by `write`.
   */
  compareAndSet(table: string, change: CompareAndSet): Promise<boolean>;

  /** Frees rows past their retention as of `nowMs`. Returns rows freed. */
  expire(nowMs: number): Promise<number>;

  /** Waits for writes under way, then frees everything. Later calls throw Unavailable. */
  close(): Promise<void>;
}
