import type { TopicPartition } from '@bytebasket/server/ports/event-log';
import type { TableDeclaration } from '@bytebasket/server/ports/table-store';
import type {
  Fold,
  FoldDefinition,
  FoldInput,
  TableRowWrite,
} from '@bytebasket/server/processor/fold';

/** Rows of the counting fold: how many records a key had, the sum of their amounts, and where the last one lay. */
export const COUNTS_TABLE = {
  name: 'test_counts',
  partitionKey: [{ name: 'bucket', type: 'int' }],
  clusteringKey: [
    { name: 'name', type: 'text' },
    { name: 'topic', type: 'text' },
    { name: 'source_partition', type: 'int' },
  ],
  columns: [
    { name: 'records', type: 'int', merge: 'sum' },
    { name: 'amount', type: 'bigint', merge: 'sum' },
    { name: 'last_offset', type: 'int', merge: 'last' },
  ],
} as const satisfies TableDeclaration;

/** Chunks of the state, and partition keys of the table. */
export const BUCKETS = 8;

interface Count {
  records: number;
  amount: bigint;
  lastOffset: number;
  writeTime: number;
}

export interface CountingFoldOptions {
  readonly name?: string;
  readonly topics?: readonly string[];
  /** Name of its table; default `test_counts`. */
  readonly table?: string;
  /** Takes poison as 0 instead of throwing. */
  readonly tolerant?: boolean;
  /** Bytes of ballast in every chunk, to make big ones. */
  readonly ballastBytes?: number;
}

/**
 * Counts records per key. The value is a whole number as text; `poison` makes it throw before it changes anything.
 * Its own check that nothing is folded twice or left out: offsets must grow by one from the snapshot on.
 */
export function countingFold(options: CountingFoldOptions = {}): FoldDefinition {
  const { name = 'counting', topics = ['user-activity', 'transactions'] } = options;
  return {
    name,
    topics,
    tables: [countsTable(options.table)],
    open: (source, chunks) => openCounting({ source, chunks, options }),
  };
}

const decodeText = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

export function bucketOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return hash % BUCKETS;
}

/** The table of a counting fold under another name. */
export function countsTable(name: string = COUNTS_TABLE.name): TableDeclaration {
  return { ...COUNTS_TABLE, name };
}

interface OpenCounting {
  readonly source: TopicPartition;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  readonly options: CountingFoldOptions;
}

function openCounting({ source, chunks, options }: OpenCounting): Fold {
  const { ballastBytes = 0, tolerant = false, table = COUNTS_TABLE.name } = options;
  const counts = new Map<string, Count>();
  for (const bytes of chunks.values()) {
    const text = decodeText(bytes);
    const stored = JSON.parse(text.slice(0, text.indexOf('\n'))) as [
      string,
      number,
      string,
      number,
      number,
    ][];
    for (const [key, records, amount, lastOffset, writeTime] of stored) {
      counts.set(key, { records, amount: BigInt(amount), lastOffset, writeTime });
    }
  }
  const dirtyRows = new Set<string>();
  const dirtyBuckets = new Set<number>();

  function apply(input: FoldInput): void {
    const { record, writeTime } = input;
    const text = input.decode(decodeText);
    const poison = text.startsWith('poison');
    if (poison && !tolerant) throw new Error(`cannot count ${text}`);
    const name = decodeText(record.key);
    const count = counts.get(name) ?? { records: 0, amount: 0n, lastOffset: -1, writeTime: 0 };
    if (record.offset <= count.lastOffset) throw new Error(`offset ${record.offset} came again`);
    const amount = poison ? 0n : BigInt(text);
    count.records += 1;
    count.amount += amount;
    count.lastOffset = record.offset;
    count.writeTime = writeTime;
    counts.set(name, count);
    dirtyRows.add(name);
    dirtyBuckets.add(bucketOf(name));
  }

  return {
    apply,
    changedRows() {
      const rows = [...dirtyRows].map((name): TableRowWrite => {
        const count = counts.get(name);
        if (count === undefined) throw new Error(`no count of ${name}`);
        return {
          table,
          key: [bucketOf(name), name, source.topic, source.partition],
          cells: {
            records: count.records,
            amount: count.amount,
            last_offset: count.lastOffset,
          },
          writeTime: count.writeTime,
        };
      });
      dirtyRows.clear();
      return rows;
    },
    changedChunks() {
      const changed = new Map<string, Uint8Array | undefined>();
      for (const bucket of dirtyBuckets) changed.set(`bucket-${bucket}`, encodeBucket(bucket));
      dirtyBuckets.clear();
      return changed;
    },
  };

  function encodeBucket(bucket: number): Uint8Array {
    const stored = [...counts]
      .filter(([name]) => bucketOf(name) === bucket)
      .map(([name, c]) => [name, c.records, c.amount.toString(), c.lastOffset, c.writeTime]);
    return Buffer.from(`${JSON.stringify(stored)}\n${'#'.repeat(ballastBytes)}`, 'utf8');
  }
}
