import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { PublishRequest } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import {
  GetRecommendationsRequest,
  GetRecommendationsResponse,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import type { Client } from '@grpc/grpc-js';
import { readParquet } from '../../cli/src/importers/readers/parquet.js';
import { createEventIds } from '../../sdk/src/events/event-ids.js';
import { openClients, publish } from '../harness/load.js';
import { startProduct, type Product } from '../harness/product.js';
import type { Bench, BenchRow } from '../harness/report.js';
import { percentile, sleep, sorted } from '../harness/stats.js';

const DATA = join(process.env['BYTEBASKET_DATA'] ?? '../shared/data', 'diginetica');
const GET = '/bytebasket.recommendation.v1.RecommendationService/GetRecommendations';
const EVENTS_PER_CALL = 500;
const CALLS_IN_FLIGHT = 4;
const REQUESTS = 5_000;
const WARM_UP = 1_000;
const CATCH_UP_MS_MAX = 180_000;

const identity = (bytes: Buffer) => bytes;

/** The training clicks as product views, in order, one millisecond apart and all in the past. */
async function* events(): AsyncGenerator<Event> {
  const nextId = createEventIds();
  const startMs = Date.now() - 3_600_000;
  let count = 0;
  for await (const { row } of readParquet(join(DATA, 'train.parquet'))) {
    const session = `s${String(row['session_id'])}`;
    count += 1;
    yield Event.fromPartial({
      eventId: nextId(),
      anonymousId: session,
      sessionId: session,
      occurTime: new Date(startMs + count),
      payload: {
        $case: 'productViewed',
        value: { product: { productId: String(row['item_id']) } },
      },
    });
  }
}

/** Publishes the clicks as a shop would; returns how many. */
async function publishClicks(product: Product): Promise<number> {
  const clients = openClients(product.endpoint, CALLS_IN_FLIGHT);
  const pending = new Set<Promise<void>>();
  let accepted = 0;
  let batch: Event[] = [];
  let calls = 0;
  const send = async (): Promise<void> => {
    const client = clients[calls % clients.length];
    if (client === undefined || batch.length === 0) return;
    calls += 1;
    const request = Buffer.from(
      PublishRequest.encode(PublishRequest.fromPartial({ events: batch })).finish(),
    );
    batch = [];
    const call = publish(client, request).then((count) => {
      accepted += count;
      pending.delete(call);
    });
    pending.add(call);
    if (pending.size >= CALLS_IN_FLIGHT) await Promise.race(pending);
  };
  try {
    for await (const event of events()) {
      batch.push(event);
      if (batch.length === EVENTS_PER_CALL) await send();
    }
    await send();
    await Promise.all(pending);
    return accepted;
  } finally {
    for (const client of clients) client.close();
  }
}

/** Waits until processor and read model have taken everything, so that the machine is idle. */
async function settled(product: Product, client: Client, published: number): Promise<void> {
  const publishedMs = Date.now();
  const request = encoded({ anonymousId: 'nobody', limit: 1 });
  while (Date.now() - publishedMs < CATCH_UP_MS_MAX) {
    const { list } = GetRecommendationsResponse.decode(await ask(client, request));
    const behind = await product.metric('bytebasket_processor_lag_records');
    if ((list?.watermarkTime?.getTime() ?? 0) >= publishedMs && behind === 0) return;
    await sleep(500);
  }
  throw new Error(`${published} events were not taken within ${CATCH_UP_MS_MAX} ms`);
}

function encoded(fields: Parameters<typeof GetRecommendationsRequest.fromPartial>[0]): Buffer {
  const request = GetRecommendationsRequest.fromPartial(fields);
  return Buffer.from(GetRecommendationsRequest.encode(request).finish());
}

async function ask(client: Client, request: Buffer): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    client.makeUnaryRequest(GET, identity, identity, request, (error, answer) => {
      if (error !== null) reject(error);
      else resolve(answer ?? Buffer.alloc(0));
    });
  });
}

/** Requests with the first visits of the test cases: items the model has seen, in orders it has not. */
async function requests(): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const { row } of readParquet(join(DATA, 'test.parquet'))) {
    const prefix = row['prefix'] as readonly number[];
    const recentItemIds = [...prefix].slice(-50).map(String);
    all.push(encoded({ recentItemIds, limit: 20, includeSeen: true }));
    if (all.length >= REQUESTS + WARM_UP) break;
  }
  return all;
}

async function recommendOverGrpc(log: (line: string) => void): Promise<readonly BenchRow[]> {
  if (!existsSync(DATA)) {
    log(`${DATA} is absent: set BYTEBASKET_DATA to the folder of the public data sets`);
    return [];
  }
  const product = await startProduct({ command: 'up' });
  const clients = openClients(product.endpoint, 1);
  const [client] = clients;
  try {
    if (client === undefined) return [];
    const started = performance.now();
    const published = await publishClicks(product);
    await settled(product, client, published);
    const loadSeconds = (performance.now() - started) / 1_000;
    // The thread tells its figures once a second.
    await sleep(1_500);
    const sessions = await product.metric('bytebasket_serving_sessions');
    log(`${published} views of ${sessions} sessions taken in ${loadSeconds.toFixed(0)} s`);
    const waits: number[] = [];
    let full = 0;
    for (const request of await requests()) {
      const begun = performance.now();
      const answer = await ask(client, request);
      waits.push(performance.now() - begun);
      if (GetRecommendationsResponse.decode(answer).list?.items.length === 20) full += 1;
    }
    const seconds = await product.metric('bytebasket_serving_answer_seconds_sum', 'recommend');
    const answers = await product.metric('bytebasket_serving_answer_seconds_count', 'recommend');
    const order = sorted(waits.slice(WARM_UP));
    const share = ((100 * full) / waits.length).toFixed(1);
    const p50 = percentile(order, 0.5).toFixed(2);
    const inModel = ((1_000 * seconds) / answers).toFixed(2);
    const detail = `one at a time, ${order.length} requests, p50 ${p50} ms, mean in the model ${inModel} ms, ${share} % full lists`;
    const value = percentile(order, 0.99);
    return [{ id: 'recommend-rpc-p99', value, unit: 'ms', goal: 10, better: 'lower', detail }];
  } finally {
    for (const one of clients) one.close();
    await product.close();
  }
}

/** GetRecommendations of the whole product with Diginetica loaded, otherwise idle. */
export const recommendationRpcBench: Bench = {
  ids: ['recommend-rpc-p99'],
  title: 'GetRecommendations over gRPC, Diginetica loaded',
  run: recommendOverGrpc,
};
