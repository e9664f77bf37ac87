import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { AdminServiceDefinition } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { FraudServiceDefinition } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { RecommendationServiceDefinition } from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import { TransactionServiceDefinition } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { METHOD_SCOPES } from '@bytebasket/proto/options';
import type { CompatServiceDefinition } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  collect,
  detailedClients,
  ownChannel,
  serviceModule,
  testGateway,
} from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const run = promisify(execFile);
const BUF = fileURLToPath(new URL('../../node_modules/.bin/buf', import.meta.url));
const GRPCURL = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'grpcurl'))
  .find((path) => existsSync(path));

/** ServerReflectionRequest: file_by_filename = 3, file_containing_symbol = 4, list_services = 7. */
function question(field: 3 | 4 | 7, text: string): Uint8Array {
  return new BinaryWriter()
    .uint32((field << 3) | 2)
    .string(text)
    .finish();
}

/** Length-delimited fields of a message by number. */
function fields(message: Uint8Array): Map<number, Uint8Array[]> {
  const found = new Map<number, Uint8Array[]>();
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    if (type === WireType.LengthDelimited)
      found.set(number, [...(found.get(number) ?? []), reader.bytes()]);
    else reader.skip(type, number);
  }
  return found;
}

/** The answer's field, e.g. file_descriptor_response = 4 or list_services_response = 6, and in it field 1. */
function answered(response: Uint8Array, field: 4 | 6): Uint8Array[] {
  const [inner] = fields(response).get(field) ?? [];
  return inner === undefined ? [] : (fields(inner).get(1) ?? []);
}

/** The same files, each after what it imports. */
function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto | undefined): void => {
    if (file === undefined || ordered.has(file)) return;
    for (const name of file.dependency) add(byName.get(name));
    ordered.add(file);
  };
  for (const file of files) add(file);
  return [...ordered];
}

const bytesOnly = (bytes: Uint8Array): Uint8Array => bytes;

function reflectionMethod(version: string): CompatServiceDefinition {
  return {
    info: {
      path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      requestStream: true,
      responseStream: true,
      requestSerialize: bytesOnly,
      requestDeserialize: bytesOnly,
      responseSerialize: bytesOnly,
      responseDeserialize: bytesOnly,
      options: {},
    },
  };
}

async function* nothing(): AsyncGenerator<never> {
  await Promise.resolve();
  yield* [];
}

const metrics = serviceModule(MetricsServiceDefinition, {
  listMetrics: () => Promise.resolve({ metrics: [{ metric: 'visitors' }], nextPageToken: '' }),
  queryMetrics: () => Promise.resolve({}),
  async *watchMetrics() {
    await Promise.resolve();
    yield { event: { $case: 'checkpoint' as const, value: { resumeToken: 'abc' } } };
  },
});
const ingest = serviceModule(IngestServiceDefinition, {
  publish: () => Promise.resolve({ results: [] }),
  async *publishStream(requests) {
    for await (const request of requests) yield { batchNumber: request.batchNumber };
  },
});
const admin = serviceModule(AdminServiceDefinition, {
  listDeadLetters: () => Promise.resolve({}),
  repairDeadLetters: () => Promise.resolve({}),
  reconcile: () => Promise.resolve({}),
});
const transactions = serviceModule(TransactionServiceDefinition, {
  getTransaction: () => Promise.resolve({}),
  listTransactions: () => Promise.resolve({}),
  watchTransactions: () => nothing(),
});
const fraud = serviceModule(FraudServiceDefinition, {
  scoreTransaction: () => Promise.resolve({}),
  listAlerts: () => Promise.resolve({}),
  getAlert: () => Promise.resolve({}),
  updateAlert: () => Promise.resolve({}),
  watchAlerts: () => nothing(),
  reportLabel: () => Promise.resolve({}),
});
const recommendations = serviceModule(RecommendationServiceDefinition, {
  getRecommendations: () => Promise.resolve({}),
  watchRecommendations: () => nothing(),
  getSimilarItems: () => Promise.resolve({}),
  getTrendingItems: () => Promise.resolve({}),
});
const SERVICES = [
  'bytebasket.admin.v1.AdminService',
  'bytebasket.fraud.v1.FraudService',
  'bytebasket.ingest.v1.IngestService',
  'bytebasket.metrics.v1.MetricsService',
  'bytebasket.recommendation.v1.RecommendationService',
  'bytebasket.transaction.v1.TransactionService',
  'grpc.health.v1.Health',
];

describe('reflection', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await testGateway([metrics, ingest, admin, transactions, fraud, recommendations]);
  });
  afterAll(() => gateway.drain(1_000));

  async function ask(version: string, questions: readonly Uint8Array[]): Promise<Uint8Array[]> {
    const channel = ownChannel(gateway.address);
    const client = detailedClients.create(reflectionMethod(version), channel) as unknown as {
      info(requests: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
    };
    async function* requests(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      yield* questions;
    }
    const answers = await collect(client.info(requests()));
    channel.close();
    return answers;
  }

  /** Fetches a symbol's file and everything it imports, as grpcurl does. */
  async function filesOf(version: string, symbol: string): Promise<Uint8Array[]> {
    const [first = new Uint8Array(0)] = await ask(version, [question(4, symbol)]);
    const files = new Map<string, Uint8Array>();
    let waiting = answered(first, 4);
    while (waiting.length > 0) {
      const parsed = waiting.map((bytes) => ({
        bytes,
        file: fromBinary(FileDescriptorProtoSchema, bytes),
      }));
      for (const { bytes, file } of parsed) files.set(file.name, bytes);
      const wanted = new Set(parsed.flatMap(({ file }) => file.dependency));
      const missing = [...wanted].filter((name) => !files.has(name));
      const answers = await ask(
        version,
        missing.map((name) => question(3, name)),
      );
      waiting = answers.flatMap((answer) => answered(answer, 4));
      expect(waiting).toHaveLength(missing.length);
    }
    return [...files.values()];
  }

  describe.each(['v1', 'v1alpha'])('%s', (version) => {
    test('lists every service of the gateway and health', async () => {
      const [answer = new Uint8Array(0)] = await ask(version, [question(7, '')]);
      const names = answered(answer, 6).map((service) =>
        Buffer.from(fields(service).get(1)?.[0] ?? []).toString(),
      );
      expect(names.sort()).toEqual(SERVICES);
    });

    test('describes every RPC with all messages it needs', async () => {
      const described = new Set<string>();
      for (const service of SERVICES) {
        const files = await filesOf(version, service);
        const parsed = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
        const file = importsFirst(parsed);
        const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
        for (const method of registry.getService(service)?.methods ?? []) {
          expect(method.input.typeName).toMatch(/Request$/);
          described.add(`/${service}/${method.name}`);
        }
      }
      const health = ['/grpc.health.v1.Health/Check', '/grpc.health.v1.Health/Watch'];
      expect([...described].sort()).toEqual([...Object.keys(METHOD_SCOPES), ...health].sort());
    });

    test('answers NOT_FOUND for a symbol that is not there', async () => {
      const [answer = new Uint8Array(0)] = await ask(version, [question(4, 'bytebasket.Nothing')]);
      expect(answered(answer, 4)).toEqual([]);
      expect(fields(answer).has(7)).toBe(true);
    });

    test('buf curl calls a unary, a streaming and a health RPC without proto files', async () => {
      const url = `http://${gateway.address}`;
      const call = async (path: string): Promise<unknown> => {
        const { stdout } = await run(BUF, [
          'curl',
          '--protocol',
          'grpc',
          '--http2-prior-knowledge',
          '--reflect-protocol',
          `grpc-${version}`,
          '--data',
          '{}',
          `${url}/${path}`,
        ]);
        return JSON.parse(stdout);
      };
      const answers = await Promise.all([
        call('bytebasket.metrics.v1.MetricsService/ListMetrics'),
        call('bytebasket.metrics.v1.MetricsService/WatchMetrics'),
        call('grpc.health.v1.Health/Check'),
      ]);
      expect(answers).toEqual([
        { metrics: [{ metric: 'visitors' }] },
        { checkpoint: { resumeToken: 'abc' } },
        { status: 'SERVING' },
      ]);
    });
  });

  test('grpcurl lists the services, where it is installed', async (context) => {
    if (GRPCURL === undefined) {
      context.skip('grpcurl is not installed');
      return;
    }
    const { stdout } = await run(GRPCURL, ['-plaintext', gateway.address, 'list']);
    expect(stdout.trim().split('\n').sort()).toEqual(SERVICES);
  });
});
