import { PortError } from '../../ports/errors.js';
import type { ColumnType, KeyColumn, TableDeclaration } from '../../ports/table-store.js';
import type { StoredTable } from './catalog.js';

const NAME = /^[a-z][a-z0-9_]{0,47}$/;
const COLUMNS_MAX = 1_000;

/** A column as stored; `declared` false: it was declared once, is kept, and is not shown any more. */
export interface SchemaColumn {
  /** table.column, for messages. */
  readonly name: string;
  readonly property: string;
  readonly type: ColumnType;
  readonly declared: boolean;
}

/** A declared table with what the codecs need. */
export interface TableSchema {
  readonly name: string;
  readonly id: number;
  readonly key: readonly KeyColumn[];
  readonly partitionColumns: number;
  /** By stored number. */
  readonly columns: readonly SchemaColumn[];
  /** Bytes of the bitmap that says which columns a row has. */
  readonly bitmapBytes: number;
  readonly retentionMs: number | undefined;
}

/** Throws OutOfRange when a declaration breaks the rules of names or keys. */
export function checkDeclaration(table: TableDeclaration): void {
  const names = [...table.partitionKey, ...table.clusteringKey, ...table.columns].map(
    ({ name }) => name,
  );
  for (const name of [table.name, ...names]) {
    if (NAME.test(name)) continue;
    throw new PortError('OutOfRange', `table ${table.name}: name ${name} does not match ${NAME}`);
  }
  if (new Set(names).size !== names.length) {
    throw new PortError('OutOfRange', `table ${table.name} declares a column twice`);
  }
  if (table.partitionKey.length === 0 || table.columns.length === 0) {
    throw new PortError('OutOfRange', `table ${table.name} needs a partition key and a column`);
  }
  if (table.columns.length > COLUMNS_MAX) {
    throw new PortError(
      'OutOfRange',
      `table ${table.name} has ${table.columns.length} columns: use at most ${COLUMNS_MAX}`,
    );
  }
}

export function schemaOf(declaration: TableDeclaration, stored: StoredTable): TableSchema {
  const declared = new Set(declaration.columns.map(({ name }) => name));
  const columns: SchemaColumn[] = [];
  for (const [property, { id, type }] of Object.entries(stored.columns)) {
    const name = `${declaration.name}.${property}`;
    columns[id] = { name, property, type, declared: declared.has(property) };
  }
  return {
    name: declaration.name,
    id: stored.id,
    key: stored.key,
    partitionColumns: declaration.partitionKey.length,
    columns,
    bitmapBytes: (columns.length + 7) >> 3,
    retentionMs: declaration.retentionMs,
  };
}
