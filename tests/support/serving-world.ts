import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { transitionAllowed } from '@bytebasket/server/fraud/alerts/lifecycle';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import type { TableStore } from '@bytebasket/server/ports/table-store';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';
import {
  openServingConnection,
  type ServingClient,
} from '@bytebasket/server/recommendation/serving/client';
import type {
  FromServing,
  RecommendRequest,
  ToServing,
} from '@bytebasket/server/recommendation/serving/protocol';
import {
  type ServingOptions,
  startServing,
} from '@bytebasket/server/recommendation/serving/serving';
import { SERVING_TABLES } from '@bytebasket/server/recommendation/tables';
import { openWorld, type World, type WorldOptions } from './processor-world.js';
import { eventually } from './test-gateway.js';

/** When the visitors of the tests come. */
export const VISIT_MS = Date.UTC(2026, 5, 1, 12);

/** An event with its topic's payload; ids count up. */
export type EventFields = Parameters<typeof Event.fromPartial>[0];

export const view = (visitor: string, item: string, fields: EventFields = {}): Event =>
  eventOf(visitor, { $case: 'productViewed', value: { product: { productId: item } } }, fields);

export const order = (visitor: string, orderId: string, items: readonly string[]): Event =>
  eventOf(visitor, {
    $case: 'orderCompleted',
    value: { orderId, lines: items.map((productId) => ({ product: { productId }, quantity: 1 })) },
  });

/** An event of a visitor, in the session `<visitor>-1` at VISIT_MS unless `fields` say otherwise. */
export function eventOf(
  visitor: string,
  payload: NonNullable<EventFields['payload']>,
  fields: EventFields = {},
): Event {
  return Event.fromPartial({
    eventId: 'not looked at',
    anonymousId: visitor,
    sessionId: `${visitor}-1`,
    occurTime: new Date(VISIT_MS),
    payload,
    ...fields,
  });
}

/** The topics that recommendations are made from, with their read model. */
export interface ServingWorld extends World {
  readonly log: EventLog;
  /** Appends events to their topics, each in a commit of its own. */
  send(...events: readonly Event[]): Promise<void>;
  sendFraud(key: string, record: NonNullable<FraudRecord['record']>): Promise<void>;
}

export async function openServingWorld(
  folder: string,
  options: Pick<WorldOptions, 'clock' | 'retentionBytes'> = {},
): Promise<ServingWorld> {
  const world = await openWorld({ folder, tables: SERVING_TABLES, ...options });
  const { inputs, derived } = world;
  const log = routedLog({
    'user-activity': inputs,
    transactions: inputs,
    'fraud-decisions': derived,
  });
  const append = async (topic: string, key: string, value: Uint8Array): Promise<void> => {
    const bytes = Buffer.from(key);
    const partition = partitionOf(bytes, log.partitions);
    await log.append(topic, [{ partition, key: bytes, value, headers: {} }]);
  };
  return {
    ...world,
    log,
    async send(...events) {
      for (const event of events) {
        const topic = event.payload?.$case === 'orderCompleted' ? 'transactions' : 'user-activity';
        const key = event.userId === '' ? event.anonymousId : event.userId;
        await append(topic, key, Event.encode(event).finish());
      }
    },
    sendFraud: (key, record) =>
      append('fraud-decisions', key, FraudRecord.encode({ record }).finish()),
  };
}

/** A read model in this thread, as far away as one in another thread: messages are cloned and come later. */
export interface RunningServing {
  readonly client: ServingClient;
  /** Waits until every record of now is in the model. */
  caughtUp(): Promise<void>;
  /** Saves and ends. */
  stop(): Promise<void>;
  /** Ends without saving, as a thread that dies. */
  kill(): Promise<void>;
}

export async function startServingIn(
  world: ServingWorld,
  options: Partial<ServingOptions> & { readonly inFlightMax?: number } = {},
): Promise<RunningServing> {
  const stopping = new AbortController();
  const connection = openServingConnection({ inFlightMax: options.inFlightMax });
  let alive = true;
  let ready = false;
  const later = <T>(message: T, take: (message: T) => void): void => {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (alive) take(copy);
    });
  };
  const serving = await startServing({
    log: world.log,
    tables: whileAlive(world.tables, () => alive),
    clock: world.clock,
    post: (message: FromServing) => later(message, (copy) => connection.receive(copy)),
    alertTransition: transitionAllowed,
    ...options,
    signal: stopping.signal,
    onReady: () => {
      ready = true;
      options.onReady?.();
      connection.attach((message: ToServing) => later(message, (copy) => serving.receive(copy)));
      connection.ready();
    },
  });
  const end = async (): Promise<void> => {
    stopping.abort();
    await serving.ended;
    connection.detach();
  };
  return {
    client: connection.client,
    async caughtUp() {
      await eventually(() => ready);
      const nowMs = world.clock.nowMs();
      await eventually(async () => {
        const { watermarkMs } = await connection.client.ask({ kind: 'watermark' });
        return watermarkMs >= nowMs;
      });
    },
    stop: end,
    async kill() {
      alive = false;
      await end();
    },
  };
}

/** Tables that nothing changes any more once whoever uses them is dead. */
function whileAlive(tables: TableStore, alive: () => boolean): TableStore {
  return {
    capabilities: tables.capabilities,
    get: (table, key) => tables.get(table, key),
    scan: (table, key, options) => tables.scan(table, key, options),
    write: async (table, rows) => (alive() ? tables.write(table, rows) : undefined),
    remove: async (table, rows) => (alive() ? tables.remove(table, rows) : undefined),
    compareAndSet: (table, change) => tables.compareAndSet(table, change),
    expire: (nowMs) => tables.expire(nowMs),
    close: () => tables.close(),
  };
}

/** A request with nothing but a visitor; `fields` change it. */
export function wanted(visitor: string, fields: Partial<RecommendRequest> = {}): RecommendRequest {
  return {
    kind: 'recommend',
    visitor: { anonymousId: visitor, userId: '' },
    placement: 'home',
    itemId: '',
    basket: [],
    recent: [],
    limit: 20,
    exclude: [],
    categories: [],
    categoryItemsMax: 0,
    includeBought: false,
    includeSeen: false,
    ...fields,
  };
}
