import { setImmediate as nextTurn } from 'node:timers/promises';
import { createByteWriter } from './bytes.js';
import type { LmdbEnvironment } from './environment.js';
import { prefixEnd } from './key-codec.js';
import { rowTimes } from './row-codec.js';
import type { Ages, TableAges } from './table-ages.js';
import type { TableSchema } from './table-schema.js';
import { putTableNumber } from './table-writer.js';

/** Rows looked at per turn of the event loop. */
const ROWS_PER_TURN = 1_000;

export interface ExpiryTarget {
  readonly environment: LmdbEnvironment;
  readonly ages: TableAges;
  readonly schema: TableSchema;
  /** How long a tombstone keeps older writes away, milliseconds after its write time. */
  readonly tombstoneKeepMs: number;
}

/** Frees the rows of one table whose newest write is past retention, and old tombstones. Returns rows freed. */
export async function expireTable(target: ExpiryTarget, nowMs: number): Promise<number> {
  const { environment, ages, schema } = target;
  const limits = limitsOf(target, nowMs);
  environment.beginRead();
  const { oldestWrite, oldestDelete } = ages.read(schema.id);
  if (oldestWrite >= limits.write && oldestDelete >= limits.remove) return 0;
  await environment.write(() => ages.begin(schema.id), { frees: true });

  const writer = createByteWriter(16);
  putTableNumber(writer, schema);
  const prefix = writer.buffer.subarray(0, writer.length);
  const end = prefixEnd(prefix);
  let start: Buffer | undefined = Buffer.from(prefix);
  let found: Ages = { oldestWrite: Infinity, oldestDelete: Infinity };
  let freed = 0;
  while (start !== undefined) {
    environment.beginRead();
    const pass = look(environment, { start, end, limits });
    if (pass.due.length > 0) freed += await free(environment, pass.due, limits);
    found = {
      oldestWrite: Math.min(found.oldestWrite, pass.oldestWrite),
      oldestDelete: Math.min(found.oldestDelete, pass.oldestDelete),
    };
    start = pass.next;
    await nextTurn();
  }
  await environment.write(() => ages.finish(schema.id, found), { frees: true });
  return freed;
}

/** Times, in microseconds, below which a row or a tombstone is due. */
interface Limits {
  readonly write: number;
  readonly remove: number;
}

function limitsOf({ schema, tombstoneKeepMs }: ExpiryTarget, nowMs: number): Limits {
  const { retentionMs } = schema;
  return {
    write: retentionMs === undefined ? -Infinity : (nowMs - retentionMs) * 1_000,
    remove: (nowMs - tombstoneKeepMs) * 1_000,
  };
}

interface Pass extends Ages {
  readonly due: readonly Buffer[];
  /** Where to go on; undefined at the end. */
  readonly next: Buffer | undefined;
}

function look(
  { rows }: LmdbEnvironment,
  { start, end, limits }: { start: Buffer; end: Buffer; limits: Limits },
): Pass {
  const due: Buffer[] = [];
  let oldestWrite = Infinity;
  let oldestDelete = Infinity;
  let last: Buffer | undefined;
  let count = 0;
  for (const { key, value } of rows.getRange({ start, end, limit: ROWS_PER_TURN })) {
    count += 1;
    last = Buffer.from(key);
    const { newest, deleteTime, empty } = rowTimes(
      Buffer.from(value.buffer, value.byteOffset, value.length),
    );
    if (isDue({ newest, deleteTime, empty }, limits)) due.push(last);
    else if (empty) oldestDelete = Math.min(oldestDelete, deleteTime ?? Infinity);
    else oldestWrite = Math.min(oldestWrite, newest);
  }
  const more = count === ROWS_PER_TURN && last !== undefined;
  return { due, oldestWrite, oldestDelete, next: more ? successor(last) : undefined };
}

function isDue(row: ReturnType<typeof rowTimes>, limits: Limits): boolean {
  return row.empty ? (row.deleteTime ?? 0) < limits.remove : row.newest < limits.write;
}

/** The smallest key above this one. */
function successor(key: Buffer | undefined): Buffer | undefined {
  return key === undefined ? undefined : Buffer.concat([key, Buffer.alloc(1)]);
}

// A row may have been written since it was looked at, so it is judged again inside the transaction.
async function free(
  environment: LmdbEnvironment,
  due: readonly Buffer[],
  limits: Limits,
): Promise<number> {
  const { rows } = environment;
  return environment.write(
    () => {
      let freed = 0;
      for (const key of due) {
        const bytes = rows.getBinaryFast(key);
        if (bytes === undefined) continue;
        const times = rowTimes(bytes);
        if (!isDue(times, limits)) continue;
        void rows.remove(key);
        if (!times.empty) freed += 1;
      }
      return freed;
    },
    { frees: true },
  );
}
