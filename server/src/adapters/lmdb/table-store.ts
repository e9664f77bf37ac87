import type { Clock } from '../../ports/clock.js';
import { PortError } from '../../ports/errors.js';
import type {
  Key,
  Row,
  ScanOptions,
  TableDeclaration,
  TableStore,
} from '../../ports/table-store.js';
import { createByteWriter } from './bytes.js';
import { registerTables } from './catalog.js';
import { compareAndSet } from './compare-and-set.js';
import type { LmdbEnvironment } from './environment.js';
import { environmentOf } from './event-log.js';
import { takeCells } from './row-codec.js';
import { scanRows } from './scan.js';
import { openTableAges } from './table-ages.js';
import { expireTable } from './table-expiry.js';
import { checkDeclaration, schemaOf, type TableSchema } from './table-schema.js';
import { createTableWriter, putRowKey } from './table-writer.js';

export interface LmdbTableStoreOptions {
  /** A folder of its own, which the store opens and closes … */
  readonly folder?: string | undefined;
  /** … or an environment that it shares, and that whoever opened it closes. Exactly one of the two. */
  readonly environment?: LmdbEnvironment | undefined;
  readonly tables: readonly TableDeclaration[];
  readonly clock: Clock;
  /** With `folder`: memory from `createNotifierMemory()` shared by all threads that open it. */
  readonly notifier?: SharedArrayBuffer | undefined;
  /** How long a deleted row refuses older writes, milliseconds after the delete's write time; default 1 day. */
  readonly tombstoneKeepMs?: number | undefined;
}

const DAY_MS = 86_400_000;

/** Opens the embedded tables. Throws Conflict when a stored key or column has another type than declared. */
export async function openLmdbTableStore(options: LmdbTableStoreOptions): Promise<TableStore> {
  for (const table of options.tables) checkDeclaration(table);
  const environment = await environmentOf(options);
  const owned = options.environment === undefined;
  try {
    const stored = await registerTables(environment, options.tables);
    const schemas = new Map<string, TableSchema>();
    for (const table of options.tables) {
      const known = stored.get(table.name);
      if (known !== undefined) schemas.set(table.name, schemaOf(table, known));
    }
    return createStore({ ...options, environment, schemas, owned });
  } catch (error) {
    if (owned) await environment.close();
    throw error;
  }
}

interface CreateOptions extends LmdbTableStoreOptions {
  readonly environment: LmdbEnvironment;
  readonly schemas: ReadonlyMap<string, TableSchema>;
  readonly owned: boolean;
}

function createStore({ environment, schemas, owned, tombstoneKeepMs }: CreateOptions): TableStore {
  const ages = openTableAges(environment);
  const writer = createTableWriter(environment, ages);
  const keyWriter = createByteWriter(2_048);
  let closed = false;

  function schema(table: string): TableSchema {
    if (closed) throw new PortError('Unavailable', 'the tables were closed: open them again');
    const found = schemas.get(table);
    if (found !== undefined) return found;
    throw new PortError('NotFound', `table ${JSON.stringify(table)} was not declared at open`);
  }

  return {
    capabilities: { atomicWrite: true, nativeExpiry: false },
    write: async (table, rows) => writer.write(schema(table), rows),
    remove: async (table, rows) => writer.remove(schema(table), rows),
    async get(table, key) {
      const at = schema(table);
      keyWriter.length = 0;
      putRowKey(keyWriter, at, key);
      environment.beginRead();
      const bytes = environment.rows.getBinaryFast(keyWriter.buffer.subarray(0, keyWriter.length));
      return bytes === undefined ? undefined : rowOf(at, key, bytes);
    },
    scan(table: string, partitionKey: Key, options: ScanOptions = {}) {
      return scanRows({ environment, schema: schema(table) }, partitionKey, options);
    },
    compareAndSet: async (table, change) =>
      compareAndSet({ environment, ages, schema: schema(table) }, change),
    async expire(nowMs) {
      let freed = 0;
      for (const name of schemas.keys()) {
        const target = { environment, ages, schema: schema(name) };
        freed += await expireTable(
          { ...target, tombstoneKeepMs: tombstoneKeepMs ?? DAY_MS },
          nowMs,
        );
      }
      return freed;
    },
    async close() {
      closed = true;
      if (owned) await environment.close();
    },
  };
}

function rowOf(schema: TableSchema, key: Key, bytes: Buffer): Row | undefined {
  const taken = takeCells(bytes, schema);
  return taken === undefined ? undefined : { key: [...key], ...taken };
}
