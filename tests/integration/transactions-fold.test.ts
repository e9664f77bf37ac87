import { TransactionShare } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { openLmdbTableStore } from '@bytebasket/server/adapters/lmdb/table-store';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import type { Fold, TableRowWrite } from '@bytebasket/server/processor/fold';
import { transactionsFold } from '@bytebasket/server/transactions/fold';
import { FACTS_MAX, SHARE_BYTES_MAX } from '@bytebasket/server/transactions/open-share';
import { readTransaction } from '@bytebasket/server/transactions/read-transaction';
import { TRANSACTION_TABLES } from '@bytebasket/server/transactions/tables';
import { describe, expect, test } from 'vitest';
import { type Random, seededRandom, testSeed } from '../support/random.js';
import { tempFolder } from '../support/temp-folder.js';
import { inputOf } from './metrics-events.js';
import { attempted, authorised, ordered, refunded, told } from './transaction-shop.js';

const SOURCE = { topic: 'transactions', partition: 1 };
const START_MS = Date.UTC(2026, 5, 1);

function someEvents(random: Random, count: number): Event[] {
  return Array.from({ length: count }, (_, i) => {
    const order = `o${random.int(0, 60)}`;
    const payment = `p${random.int(0, 90)}`;
    const body = random.pick([
      ordered(order),
      refunded(order, random.int(1, 2_000)),
      attempted(payment, random.pick(['', order])),
      authorised(payment, random.pick(['', order])),
    ]);
    const person = random.pick([{}, { userId: 'bob' }, { userId: '', anonymousId: 'guest' }]);
    return told({ ...body, ...person }, START_MS + i * 60_000 - random.int(0, 3_600_000));
  });
}

interface Run {
  readonly openMax?: number;
  /** Whether to flush behind a record, and whether to restart behind a flush. */
  readonly flush: (offset: number) => boolean;
  readonly restart: (offset: number) => boolean;
}

/** The newest row of each key, and the chunks, after folding with these flushes and restarts. */
function folded(events: readonly Event[], { openMax, flush, restart }: Run) {
  const definition = transactionsFold({ openMax });
  const chunks = new Map<string, Uint8Array>();
  const rows = new Map<string, TableRowWrite>();
  let fold: Fold = definition.open(SOURCE, chunks);
  const take = (): void => {
    for (const row of fold.changedRows()) rows.set(JSON.stringify([row.table, row.key]), row);
    for (const [name, bytes] of fold.changedChunks()) {
      if (bytes === undefined) chunks.delete(name);
      else chunks.set(name, new Uint8Array(bytes));
    }
  };
  for (const [offset, event] of events.entries()) {
    const appendMs = START_MS + offset;
    fold.apply(inputOf(SOURCE, { offset, writeTime: appendMs * 1_000, appendMs, event }));
    if (!flush(offset)) continue;
    take();
    if (restart(offset)) fold = definition.open(SOURCE, chunks);
  }
  take();
  return { rows, chunks };
}

/** As text, which compares faster than bytes do. */
function texts({ rows, chunks }: ReturnType<typeof folded>): string[] {
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  const all = [...rows, ...chunks].map(([key, value]) => {
    return `${key} ${JSON.stringify(plain('', value), plain)}`;
  });
  return all.sort();
}

describe('the fold of transactions', () => {
  test.each([20_000, 10])(
    'gives the same rows and chunks whatever the flushes and restarts were, with %i open',
    (openMax) => {
      const seed = testSeed();
      const random = seededRandom(seed);
      const events = someEvents(random, 400);
      const never = () => false;
      const expected = folded(events, { openMax, flush: never, restart: never });
      for (let run = 0; run < 3; run++) {
        const found = folded(events, {
          openMax,
          flush: () => random.chance(0.1),
          restart: () => random.chance(0.3),
        });
        expect(texts(found), `seed ${seed}`).toEqual(texts(expected));
      }
    },
  );

  test('gives one transaction, however often its share began anew', async () => {
    const events = [
      told(ordered('o1', 5_000)),
      told(attempted('p1', 'o1')),
      told(authorised('p1')),
    ];
    const others = Array.from({ length: 50 }, (_, i) => told(ordered(`x${i}`)));
    events.push(
      ...others,
      told(refunded('o1', 400)),
      ...others.slice(1),
      told(refunded('o1', 600)),
    );
    const folder = await tempFolder('transactions-fold');
    const tables = await openLmdbTableStore({
      folder: folder.path,
      tables: TRANSACTION_TABLES,
      clock: systemClock(),
    });
    const always = () => true;
    const { rows } = folded(events, { openMax: 5, flush: always, restart: always });
    for (const { table, ...row } of rows.values()) await tables.write(table, [row]);
    const read = await readTransaction(tables, 'o1');
    const shares = [...rows.keys()].filter((key) => key.startsWith('["transactions",["o1"'));
    expect(shares.length).toBe(3);
    expect(read?.transaction).toMatchObject({
      version: 5n,
      anomalies: [],
      refunded: { units: 10n },
      captured: { units: 10n },
      paymentsTotal: 1,
    });
    await tables.close();
    await folder.remove();
  });

  test('holds no more than its bounds: transactions, facts of one, and bytes of one', () => {
    const never = () => false;
    const many = Array.from({ length: 300 }, (_, i) => told(ordered(`o${i}`)));
    const bounded = folded(many, { openMax: 100, flush: never, restart: never });
    const none = folded(many.slice(0, 100), { flush: never, restart: never });
    const size = (chunks: ReadonlyMap<string, Uint8Array>): number =>
      [...chunks.values()].reduce((sum, { length }) => sum + length, 0);
    expect(size(bounded.chunks)).toBeLessThan(size(none.chunks) * 1.1);
    const one = Array.from({ length: FACTS_MAX + 500 }, () => told(refunded('o1', 1)));
    const { rows } = folded(one, { flush: never, restart: never });
    const row = [...rows.values()].find(({ table }) => table === 'transactions');
    const body = row?.cells['body'];
    if (!(body instanceof Uint8Array)) throw new Error('no row');
    expect(row?.cells['facts']).toBe(FACTS_MAX + 500);
    expect(body.length).toBeLessThanOrEqual(SHARE_BYTES_MAX);
    expect(TransactionShare.decode(body).facts.length).toBeLessThanOrEqual(FACTS_MAX);
  });

  test('looks at nothing but transactions, and throws before it changes anything', () => {
    const fold = transactionsFold().open(SOURCE, new Map());
    const other = told({ payload: { $case: 'userSignedUp', value: {} } });
    const input = inputOf(SOURCE, { offset: 0, writeTime: 1, appendMs: 1, event: other });
    fold.apply(input);
    expect(() => {
      fold.apply({
        ...input,
        record: { ...input.record, value: Uint8Array.of(0xff) },
        decode: (decoder) => decoder(Uint8Array.of(0xff)),
      });
    }).toThrow();
    expect(fold.changedRows()).toEqual([]);
    expect([...fold.changedChunks()]).toEqual([]);
  });
});
