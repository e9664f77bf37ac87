import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { OpenTransactions } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { TopicPartition } from '../ports/event-log.js';
import type { RowWrite } from '../ports/table-store.js';
import { TOPICS } from '../ports/topics.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../processor/fold.js';
import { factOf, type EventFact } from './event-fact.js';
import { OpenShare, type Added } from './open-share.js';
import {
  CALENDAR,
  dayOf,
  TRANSACTION_DAYS_TABLE,
  TRANSACTION_PAYMENTS_TABLE,
  TRANSACTION_TABLES,
  TRANSACTIONS_BY_DAY_TABLE,
  TRANSACTIONS_BY_USER_TABLE,
  TRANSACTIONS_TABLE,
} from './tables.js';

/** Transactions that a partition still adds to, by default; with about 1 KB each, 20 MB a partition. */
const OPEN_MAX = 20_000;
/** Records whose new transactions share a chunk of the snapshot: most events are about recent ones. */
const CHUNK_RECORDS = 512;

export interface TransactionsFoldOptions {
  /** Transactions that a partition still adds to, 1 or more; default 20,000. An older one goes on in a new share. */
  readonly openMax?: number | undefined;
}

/**
 * Collects what events tell about each transaction, share by share; what that means (states, sums, anomalies) is worked
 * out by the reader, who alone has all shares. The state holds the newest transactions, so it is bounded; an event about
 * an older one begins a new share of it, under a key of its own.
 */
export function transactionsFold(options: TransactionsFoldOptions = {}): FoldDefinition {
  const { openMax = OPEN_MAX } = options;
  return {
    name: 'transactions',
    topics: [TOPICS.transactions],
    tables: TRANSACTION_TABLES,
    open: (source, chunks) => new TransactionsFold(source, openMax, chunks),
  };
}

class TransactionsFold implements Fold {
  readonly #source: TopicPartition;
  readonly #openMax: number;
  /** By id, oldest first. */
  readonly #shares = new Map<string, OpenShare>();
  /** By chunk: the shares in it, oldest first. */
  readonly #chunks = new Map<number, Set<OpenShare>>();
  readonly #dirty = new Set<OpenShare>();
  readonly #dirtyChunks = new Set<number>();
  /** Rows of the other tables, by table and key. */
  #rows = new Map<string, TableRowWrite>();

  constructor(source: TopicPartition, openMax: number, chunks: ReadonlyMap<string, Uint8Array>) {
    this.#source = source;
    this.#openMax = openMax;
    const shares = [...chunks.values()]
      .flatMap((bytes) => OpenTransactions.decode(bytes).transactions)
      .map((state) => new OpenShare(state))
      .sort((a, b) => a.since - b.since);
    for (const share of shares) this.#keep(share);
  }

  apply(input: FoldInput): void {
    const told = factOf(input.decode(Event.decode), input.record);
    if (told === undefined) return;
    const { transactionId } = told;
    const known = this.#shares.get(transactionId);
    const share = known ?? OpenShare.of(told);
    if (known === undefined) {
      this.#keep(share);
      this.#putDay(share, input.writeTime);
    }
    this.#putAdded(share, { ...told, ...share.add(told) }, input.writeTime);
    share.writeTime = input.writeTime;
    this.#dirty.add(share);
    this.#dirtyChunks.add(chunkOf(share));
    if (known === undefined) this.#forgetOldest();
  }

  changedRows(): readonly TableRowWrite[] {
    const rows = [...this.#rows.values(), ...[...this.#dirty].map((share) => this.#rowOf(share))];
    this.#rows = new Map();
    this.#dirty.clear();
    return rows;
  }

  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    const changed = new Map<string, Uint8Array | undefined>();
    for (const chunk of this.#dirtyChunks) {
      const shares = this.#chunks.get(chunk);
      const transactions = shares === undefined ? [] : [...shares].map((share) => share.state());
      const bytes = OpenTransactions.encode({ transactions }).finish();
      changed.set(`since-${chunk * CHUNK_RECORDS}`, shares === undefined ? undefined : bytes);
    }
    this.#dirtyChunks.clear();
    return changed;
  }

  #keep(share: OpenShare): void {
    this.#shares.set(share.transactionId, share);
    const chunk = chunkOf(share);
    const shares = this.#chunks.get(chunk);
    if (shares === undefined) this.#chunks.set(chunk, new Set([share]));
    else shares.add(share);
  }

  #forgetOldest(): void {
    if (this.#shares.size <= this.#openMax) return;
    for (const [id, share] of this.#shares) {
      // Its row, if it is still to be written, does not need the state.
      this.#shares.delete(id);
      const chunk = chunkOf(share);
      this.#dirtyChunks.add(chunk);
      const shares = this.#chunks.get(chunk);
      shares?.delete(share);
      if (shares?.size === 0) this.#chunks.delete(chunk);
      return;
    }
  }

  #putDay(share: OpenShare, writeTime: number): void {
    const { since, createMs, transactionId } = share;
    const { partition } = this.#source;
    const day = dayOf(createMs);
    this.#put(TRANSACTIONS_BY_DAY_TABLE.name, {
      key: [day, createMs, transactionId, partition],
      cells: { since_offset: since },
      writeTime,
    });
    this.#put(TRANSACTION_DAYS_TABLE.name, {
      key: [CALENDAR, day, partition],
      cells: { newest_offset: since },
      writeTime,
    });
  }

  #putAdded(share: OpenShare, added: EventFact & Added, writeTime: number): void {
    const { transactionId, fact } = added;
    const { partition } = this.#source;
    for (const userKey of added.indexKeys) {
      this.#put(TRANSACTIONS_BY_USER_TABLE.name, {
        key: [userKey, share.createMs, transactionId, partition],
        cells: { since_offset: share.since },
        writeTime,
      });
    }
    if (added.paymentId === undefined) return;
    this.#put(TRANSACTION_PAYMENTS_TABLE.name, {
      key: [added.paymentId, transactionId, partition],
      cells: { create_ms: Number(fact.occurMs) },
      writeTime,
    });
  }

  #put(table: string, row: RowWrite): void {
    // Ids hold no space.
    const { key, cells, writeTime } = row;
    this.#rows.set(`${table} ${key.join(' ')}`, { table, key, cells, writeTime });
  }

  #rowOf(share: OpenShare): TableRowWrite {
    return {
      table: TRANSACTIONS_TABLE.name,
      key: [share.transactionId, this.#source.partition, share.since],
      cells: { body: share.body(), facts: share.facts, create_ms: share.createMs },
      writeTime: share.writeTime,
    };
  }
}

function chunkOf({ since }: OpenShare): number {
  return Math.floor(since / CHUNK_RECORDS);
}
