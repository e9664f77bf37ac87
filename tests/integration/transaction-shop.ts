/** A shop for the tests of transactions: events in, a processor with the fold, and the service behind a gateway. */
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { type DeepPartial, Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { Transaction } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction';
import {
  TransactionServiceDefinition,
  type WatchTransactionsRequest,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { ChangeLimits } from '@bytebasket/server/gateway/watch/resumable-changes';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import type { Row, TableDeclaration } from '@bytebasket/server/ports/table-store';
import { createUpdateEncoder } from '@bytebasket/server/processor/update-encoder';
import { transactionsFold } from '@bytebasket/server/transactions/fold';
import { openTransactionService } from '@bytebasket/server/transactions/service';
import { TRANSACTION_TABLES } from '@bytebasket/server/transactions/tables';
import type { Client } from 'nice-grpc';
import { caughtUp } from '../support/count-model.js';
import { eventually, openWorld, startProcessor, type World } from '../support/processor-world.js';
import { tempFolder } from '../support/temp-folder.js';
import { detailedClients, ownChannel, testGateway } from '../support/test-gateway.js';

export const PARTITIONS = 4;
const DECISIONS_TABLE = {
  name: 'test_decisions',
  partitionKey: [{ name: 'payment_id', type: 'text' }],
  clusteringKey: [],
  columns: [{ name: 'body', type: 'bytes', merge: 'last' }],
} as const satisfies TableDeclaration;

let made = 0;

/** An event of `ann` on `device-a` with an id of its own. */
export function told(partial: DeepPartial<Event>, occurMs = Date.now()): Event {
  made += 1;
  const id = made.toString(16).padStart(12, '0');
  return Event.fromPartial({
    eventId: `0197f3a1-7c00-7abc-8def-${id}`,
    userId: 'ann',
    anonymousId: 'device-a',
    occurTime: new Date(occurMs),
    ...partial,
  });
}

export const money = (cents: number, currencyCode = 'EUR') => ({
  currencyCode,
  units: BigInt(Math.floor(cents / 100)),
  nanos: (cents % 100) * 10_000_000,
});

export const ordered = (orderId: string, cents = 1_000): DeepPartial<Event> => ({
  payload: {
    $case: 'orderCompleted',
    value: { orderId, total: money(cents), lines: [{ quantity: 2 }] },
  },
});
export const refunded = (orderId: string, cents: number): DeepPartial<Event> => ({
  payload: { $case: 'orderRefunded', value: { orderId, total: money(cents) } },
});
export const attempted = (paymentId: string, orderId = '', cents = 1_000): DeepPartial<Event> => ({
  payload: {
    $case: 'paymentAttempted',
    value: { paymentId, orderId, amount: money(cents), method: 'card' },
  },
});
export const authorised = (paymentId: string, orderId = '', cents = 1_000): DeepPartial<Event> => ({
  payload: { $case: 'paymentAuthorised', value: { paymentId, orderId, amount: money(cents) } },
});

export interface TransactionShop {
  readonly world: World;
  readonly client: Client<typeof TransactionServiceDefinition>;
  /** Appends events by their keys and waits until they are folded. */
  send(...events: readonly Event[]): Promise<void>;
  /** Writes a decision as its fold does: the row, then the update. */
  decide(paymentId: string): Promise<void>;
  get(transactionId: string): Promise<Transaction>;
  close(): Promise<void>;
}

export async function openTransactionShop(
  limits: Partial<ChangeLimits> = {},
): Promise<TransactionShop> {
  const folder = await tempFolder('transactions');
  const world = await openWorld({
    folder: folder.path,
    partitions: PARTITIONS,
    tables: [...TRANSACTION_TABLES, DECISIONS_TABLE],
  });
  const processor = startProcessor(world, { folds: [transactionsFold()] });
  const hub = await openUpdateHub(world);
  const service = openTransactionService({
    ...world,
    hub,
    limits,
    decisionTable: DECISIONS_TABLE.name,
    decisionOf: async (paymentId) => {
      const row = await world.tables.get(DECISIONS_TABLE.name, [paymentId]);
      const body = row?.cells['body'];
      return body instanceof Uint8Array ? Decision.decode(body) : undefined;
    },
  });
  const gateway = await testGateway([service.module]);
  const channel = ownChannel(gateway.address);
  const client = detailedClients.create(TransactionServiceDefinition, channel);
  const encoder = createUpdateEncoder([DECISIONS_TABLE], PARTITIONS);

  return {
    world,
    client,
    async send(...events) {
      await append(world, events);
      await eventually('folded', () => caughtUp(world.inputs, world.tables));
    },
    async decide(paymentId) {
      const decision = Decision.fromPartial({
        paymentId,
        decisionId: `d-${paymentId}`,
        action: DecisionAction.REVIEW,
      });
      const body = Decision.encode(decision).finish();
      const row = { key: [paymentId], cells: { body }, writeTime: Date.now() * 1_000 };
      await world.tables.write(DECISIONS_TABLE.name, [row]);
      await world.derived.append('updates', [encoder.record(DECISIONS_TABLE.name, row, 1)]);
    },
    async get(transactionId) {
      const { transaction } = await client.getTransaction({ transactionId });
      if (transaction === undefined) throw new Error('an answer without a transaction');
      return transaction;
    },
    async close() {
      channel.close();
      service.close();
      await gateway.drain(0);
      await processor.stop();
      await hub.close();
      await world.close();
      await folder.remove();
    },
  };
}

/** Appends events to `transactions`, keyed as the gateway does it. */
export async function append(world: Pick<World, 'inputs'>, events: readonly Event[]) {
  await world.inputs.append(
    'transactions',
    events.map((event) => {
      const key = Buffer.from(event.userId === '' ? event.anonymousId : event.userId, 'utf8');
      const partition = partitionOf(key, PARTITIONS);
      return { partition, key, value: Event.encode(event).finish(), headers: {} };
    }),
  );
}

/** What a watch got: values by their transaction, and tokens. */
export interface Watched {
  readonly values: Transaction[];
  readonly tokens: string[];
  /** Ends the call. */
  stop(): void;
  readonly ended: Promise<unknown>;
}

export function watch(
  client: Client<typeof TransactionServiceDefinition>,
  request: DeepPartial<WatchTransactionsRequest> = {},
): Watched {
  const stop = new AbortController();
  const values: Transaction[] = [];
  const tokens: string[] = [];
  const ended = (async () => {
    const answers = client.watchTransactions(request, { signal: stop.signal });
    for await (const { event } of answers) {
      if (event?.$case === 'value') values.push(event.value);
      else if (event?.$case === 'checkpoint') tokens.push(event.value.resumeToken);
    }
  })().catch((error: unknown) => error);
  return { values, tokens, stop: () => stop.abort(), ended };
}

/** All rows of all tables of transactions, as text that sorts. */
export async function allRows(world: World, ids: Iterable<readonly [string, string | number]>) {
  const rows: string[] = [];
  for (const [table, key] of ids) {
    for await (const row of world.tables.scan(table, [key])) rows.push(shown(table, row));
  }
  return rows.sort();
}

function shown(table: string, { key, cells, writeTime }: Row): string {
  const values = Object.entries(cells).map(([name, cell]) => [
    name,
    cell instanceof Uint8Array ? Buffer.from(cell).toString('base64') : String(cell),
  ]);
  return JSON.stringify([table, key, values.sort(), writeTime]);
}
