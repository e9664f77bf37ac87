import { createHash } from 'node:crypto';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { openIngest, type Ingest } from '@bytebasket/server/ingest/ingest';
import type { IngestLimits } from '@bytebasket/server/ingest/limits';
import type { BlobCache } from '@bytebasket/server/ports/blob-cache';
import type { EventLog, LogRecord } from '@bytebasket/server/ports/event-log';
import { AdminServiceDefinition } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { Channel, CompatServiceDefinition } from 'nice-grpc';
import { manualClock, type ManualClock } from './manual-clock.js';
import { tempFolder, type TempFolder } from './temp-folder.js';
import { detailedClients, ownChannel, testGateway, type TestGateway } from './test-gateway.js';

/** When the world's clock begins. */
export const START_MS = Date.UTC(2026, 5, 1, 12);

export interface WorldOptions {
  readonly folder?: TempFolder;
  readonly limits?: Partial<IngestLimits>;
  readonly idCache?: BlobCache;
  readonly idSegmentRecords?: number;
  /** Changes the log that ingest sees. */
  readonly tamper?: (log: EventLog) => EventLog;
}

/** A gateway with ingest and admin over an lmdb log in a temporary folder, with a manual clock. */
export interface IngestWorld {
  readonly folder: TempFolder;
  readonly clock: ManualClock;
  readonly log: EventLog;
  readonly ingest: Ingest;
  readonly gateway: TestGateway;
  readonly channel: Channel;
  readonly rejections: number[];
  /** Events of batches that ingest took and has not answered. */
  waitingEvents(): number;
  /** Closes everything but keeps the folder, for a restart. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

const TOPICS = ['user-activity', 'transactions', 'dead-letters'];

export async function ingestWorld(options: WorldOptions = {}): Promise<IngestWorld> {
  const folder = options.folder ?? (await tempFolder('ingest'));
  const clock = manualClock(START_MS);
  const topics = TOPICS.map((name) => ({ name, retention: {} }));
  const log = await openLmdbEventLog({ folder: folder.path, topics, clock });
  const rejections: number[] = [];
  let waitingEvents = 0;
  const ingest = await openIngest({
    log: options.tamper?.(log) ?? log,
    clock,
    limits: options.limits,
    idCache: options.idCache,
    idSegmentRecords: options.idSegmentRecords,
    observe: {
      rejected: (reason) => rejections.push(reason),
      waiting: (events) => (waitingEvents = events),
    },
  });
  const gateway = await testGateway(ingest.modules, { level: 'fatal' });
  const channel = ownChannel(gateway.address);
  const stop = async (): Promise<void> => {
    channel.close();
    await gateway.drain(1_000);
    await ingest.close();
    await log.close();
  };
  const close = async (): Promise<void> => {
    await stop();
    await folder.remove();
  };
  const parts = { folder, clock, log, ingest, gateway, channel, rejections, stop, close };
  return { ...parts, waitingEvents: () => waitingEvents };
}

function clientOf<Definition extends CompatServiceDefinition>(
  definition: Definition,
  { channel }: IngestWorld,
) {
  return detailedClients.create(definition, channel);
}

export const publisher = (world: IngestWorld) => clientOf(IngestServiceDefinition, world);
export const administrator = (world: IngestWorld) => clientOf(AdminServiceDefinition, world);

/** A UUIDv7 that a number decides. */
export function idOf(n: number): string {
  const hex = createHash('sha256').update(String(n)).digest('hex');
  return `0197a000-0000-7${hex.slice(0, 3)}-8${hex.slice(3, 6)}-${hex.slice(6, 18)}`;
}

/** A valid product view; `n` decides the id. */
export function view(n: number, fields: Parameters<typeof Event.fromPartial>[0] = {}): Event {
  return Event.fromPartial({
    eventId: idOf(n),
    anonymousId: `device-${n % 7}`,
    occurTime: new Date(START_MS),
    payload: { $case: 'productViewed', value: { product: { productId: `p${n}` } } },
    ...fields,
  });
}

export const eur = (units: bigint, nanos = 0) => ({ currencyCode: 'EUR', units, nanos });

/** An order of one line; goes to the transactions. */
export function order(n: number, total = eur(10n), line = eur(10n)): Event {
  const product = { productId: 'p1' };
  const lines = [{ product, quantity: 1, unitPrice: line, total: line }];
  return view(n, {
    payload: { $case: 'orderCompleted', value: { orderId: `o${n}`, lines, total } },
  });
}

/** A record with a copy of its bytes and where it lies. */
export interface Kept {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly value: Buffer;
  readonly headers: LogRecord['headers'];
}

/** All records of a topic, by partition and offset. */
export async function recordsOf(log: EventLog, topic: string): Promise<Kept[]> {
  const all: Kept[] = [];
  for (const { partition, start } of await log.bounds(topic)) {
    for await (const records of log.read(topic, partition, { from: start })) {
      for (const { offset, key, value, headers } of records) {
        const text = Buffer.from(key).toString('latin1');
        all.push({ topic, partition, offset, key: text, value: Buffer.from(value), headers });
      }
    }
  }
  return all;
}
