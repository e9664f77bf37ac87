import type { KeyColumn, ColumnType, TableDeclaration } from '../../ports/table-store.js';
import type { TopicDeclaration } from '../../ports/event-log.js';
import { PortError } from '../../ports/errors.js';
import type { LmdbEnvironment } from './environment.js';

/*
 * What an environment holds: names with the numbers that stand for them in keys and rows. A number is never reused,
 * so data written under an older declaration keeps its meaning.
 */
const FORMAT = 1;
const KEY = Buffer.from('catalog');
const IDS_MAX = 65_535;

export interface StoredColumn {
  readonly id: number;
  readonly type: ColumnType;
}

export interface StoredTable {
  readonly id: number;
  readonly key: readonly KeyColumn[];
  readonly columns: Readonly<Record<string, StoredColumn>>;
}

interface Catalog {
  readonly format: number;
  readonly partitions?: number;
  readonly topics: Readonly<Record<string, number>>;
  readonly tables: Readonly<Record<string, StoredTable>>;
}

const EMPTY: Catalog = { format: FORMAT, topics: {}, tables: {} };

/** Registers topics; returns their numbers. Conflict when the folder was made with another number of partitions. */
export async function registerTopics(
  environment: LmdbEnvironment,
  topics: readonly TopicDeclaration[],
  partitions: number,
): Promise<ReadonlyMap<string, number>> {
  const catalog = await change(environment, (before) => {
    if (before.partitions !== undefined && before.partitions !== partitions) {
      throw new PortError(
        'Conflict',
        `${environment.folder} has ${before.partitions} partitions per topic, asked for ${partitions}: ` +
          `use ${before.partitions}, or an empty folder`,
      );
    }
    const numbers = { ...before.topics };
    let next = nextId(Object.values(numbers));
    for (const { name } of topics) if (!Object.hasOwn(numbers, name)) numbers[name] = next++;
    return { ...before, partitions, topics: numbers };
  });
  return new Map(topics.map(({ name }) => [name, catalog.topics[name] ?? 0]));
}

/** Registers tables and their columns; returns how they are stored. Conflict when a type or a key changed. */
export async function registerTables(
  environment: LmdbEnvironment,
  tables: readonly TableDeclaration[],
): Promise<ReadonlyMap<string, StoredTable>> {
  const catalog = await change(environment, (before) => {
    const stored = { ...before.tables };
    let next = nextId(Object.values(stored).map((table) => table.id));
    for (const table of tables) {
      const known = Object.hasOwn(stored, table.name) ? stored[table.name] : undefined;
      stored[table.name] = merged(table, known ?? { id: next++, key: keyOf(table), columns: {} });
    }
    return { ...before, tables: stored };
  });
  return new Map(Object.entries(catalog.tables));
}

function keyOf(table: TableDeclaration): readonly KeyColumn[] {
  return [...table.partitionKey, ...table.clusteringKey].map(({ name, type }) => ({ name, type }));
}

function merged(table: TableDeclaration, known: StoredTable): StoredTable {
  const key = keyOf(table);
  if (JSON.stringify(key) !== JSON.stringify(known.key)) {
    throw new PortError(
      'Conflict',
      `table ${table.name} has the key ${JSON.stringify(known.key)}, declared is ` +
        `${JSON.stringify(key)}: keep the key, or use a new table`,
    );
  }
  const columns = { ...known.columns };
  let next = nextId(Object.values(columns).map((column) => column.id));
  for (const { name, type } of table.columns) {
    const before = Object.hasOwn(columns, name) ? columns[name] : undefined;
    if (before !== undefined && before.type !== type) {
      throw new PortError(
        'Conflict',
        `column ${table.name}.${name} holds ${before.type}, declared is ${type}: use a new column`,
      );
    }
    columns[name] ??= { id: next++, type };
  }
  return { id: known.id, key: known.key, columns };
}

function nextId(used: readonly number[]): number {
  const next = used.reduce((most, id) => Math.max(most, id), -1) + 1;
  if (next > IDS_MAX - 1_000) throw new RangeError(`${next} names in one catalog: too many`);
  return next;
}

async function change(
  environment: LmdbEnvironment,
  step: (before: Catalog) => Catalog,
): Promise<Catalog> {
  return environment.write(() => {
    const bytes = environment.meta.getBinary(KEY);
    const before = bytes === undefined ? EMPTY : (JSON.parse(bytes.toString('utf8')) as Catalog);
    if (before.format !== FORMAT) {
      throw new PortError(
        'Conflict',
        `${environment.folder} has data format ${before.format}, this version reads ${FORMAT}`,
      );
    }
    const after = step(before);
    const text = JSON.stringify(after);
    if (text !== bytes?.toString('utf8')) void environment.meta.put(KEY, Buffer.from(text));
    return after;
  });
}
