import {
  EventStatus,
  PublishResponse,
  PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Client, credentials, type ClientDuplexStream } from '@grpc/grpc-js';
import type { BatchMaker } from './batches.js';
import { percentile, sleep, sorted } from './stats.js';

const PUBLISH = '/bytebasket.ingest.v1.IngestService/Publish';
const PUBLISH_STREAM = '/bytebasket.ingest.v1.IngestService/PublishStream';

/** What a load did. Latencies are of whole calls or batches, milliseconds. */
export interface LoadResult {
  readonly accepted: number;
  readonly calls: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  readonly endpoint: string;
  readonly maker: BatchMaker;
  readonly eventsPerCall: number;
  readonly inFlight: number;
  readonly seconds: number;
  /** Events per second to offer; as fast as answers come when absent. */
  readonly rate?: number;
  readonly connections?: number;
}

/** Connections of their own, not one shared by equal targets. */
export function openClients(endpoint: string, count: number): Client[] {
  return Array.from(
    { length: count },
    () =>
      new Client(endpoint, credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1,
        'grpc.max_receive_message_length': 16 << 20,
      }),
  );
}

const identity = (bytes: Buffer) => bytes;

/** One `Publish` of an encoded request; returns how many events were accepted. */
export async function publish(client: Client, request: Buffer): Promise<number> {
  const answer = await new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest(PUBLISH, identity, identity, request, (error, value) => {
      if (error !== null) reject(error);
      else resolve(value ?? Buffer.alloc(0));
    });
  });
  return PublishResponse.decode(answer).results.filter((r) => r.status === EventStatus.ACCEPTED)
    .length;
}

/** Unary `Publish` calls for a time. Throws on the first failed call. */
export async function publishLoad(options: LoadOptions): Promise<LoadResult> {
  const { maker, eventsPerCall, inFlight, seconds, rate } = options;
  const clients = openClients(options.endpoint, options.connections ?? 2);
  const latencies: number[] = [];
  let accepted = 0;
  let offered = 0;
  const started = performance.now();
  const until = started + seconds * 1000;
  const worker = async (index: number) => {
    const client = clients[index % clients.length];
    if (client === undefined) return;
    while (performance.now() < until) {
      if (rate !== undefined) {
        const due = started + (offered / rate) * 1000;
        offered += eventsPerCall;
        const wait = due - performance.now();
        if (wait > 1) await sleep(wait);
      }
      const begun = performance.now();
      const count = await publish(client, maker.request(eventsPerCall, 1));
      accepted += count;
      latencies.push(performance.now() - begun);
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, (_, index) => worker(index)));
  } finally {
    for (const client of clients) client.close();
  }
  return summary(latencies, accepted, (performance.now() - started) / 1000);
}

function summary(latencies: readonly number[], accepted: number, seconds: number): LoadResult {
  const order = sorted(latencies);
  return {
    accepted,
    calls: latencies.length,
    seconds,
    p50Ms: percentile(order, 0.5),
    p99Ms: percentile(order, 0.99),
  };
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

/** `PublishStream` batches for a time over `connections` streams with `inFlight` batches in all unanswered. */
export async function streamLoad(options: LoadOptions): Promise<LoadResult> {
  const clients = openClients(options.endpoint, options.connections ?? 2);
  const started = performance.now();
  const perStream = Math.max(1, Math.floor(options.inFlight / clients.length));
  try {
    const parts = await Promise.all(
      clients.map(async (client) => await oneStream(client, { ...options, inFlight: perStream })),
    );
    const latencies = parts.flatMap((part) => part.latencies);
    const accepted = parts.reduce((sum, part) => sum + part.accepted, 0);
    return summary(latencies, accepted, (performance.now() - started) / 1000);
  } finally {
    for (const client of clients) client.close();
  }
}

async function oneStream(
  client: Client,
  options: LoadOptions,
): Promise<{ latencies: number[]; accepted: number }> {
  const call: ClientDuplexStream<Buffer, Buffer> = client.makeBidiStreamRequest(
    PUBLISH_STREAM,
    identity,
    identity,
  );
  const until = performance.now() + options.seconds * 1000;
  const begun = new Map<number, number>();
  const latencies: number[] = [];
  let accepted = 0;
  let next = 1;
  const send = () => {
    const head = Uint8Array.from([0x08, ...varint(next)]);
    begun.set(next, performance.now());
    next++;
    call.write(options.maker.request(options.eventsPerCall, 2, head));
  };
  await new Promise<void>((resolve, reject) => {
    call.on('error', reject);
    call.on('end', resolve);
    call.on('data', (bytes: Buffer) => {
      const answer = PublishStreamResponse.decode(bytes);
      const number = Number(answer.batchNumber);
      if (answer.outcome?.$case !== 'accepted') {
        reject(
          new Error(
            `batch ${number} was refused: ${JSON.stringify(answer.outcome?.value.message)}`,
          ),
        );
        return;
      }
      accepted += answer.outcome.value.results.filter(
        (r) => r.status === EventStatus.ACCEPTED,
      ).length;
      latencies.push(performance.now() - (begun.get(number) ?? 0));
      begun.delete(number);
      if (performance.now() < until) send();
      else if (begun.size === 0) call.end();
    });
    for (let i = 0; i < options.inFlight; i++) send();
  });
  return { latencies, accepted };
}
