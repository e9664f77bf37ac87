import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { contractDescriptors } from '@bytebasket/proto';
import { METHOD_SCOPES } from '@bytebasket/proto/options';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { createKey, formatKeyFile, revokeKey } from '@bytebasket/server/gateway/access/key-file';
import { openKeyAccess } from '@bytebasket/server/gateway/access/keys';
import type { KeyAccess } from '@bytebasket/server/gateway/access/keys';
import type { ServiceModule } from '@bytebasket/server/gateway/service-module';
import { Metadata } from 'nice-grpc';
import type { Channel, MethodDefinition } from 'nice-grpc';
import { HealthDefinition } from 'nice-grpc-server-health';
import { ServerReflectionService } from 'nice-grpc-server-reflection';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempFolder } from '../support/temp-folder.js';
import type { TempFolder } from '../support/temp-folder.js';
import {
  collect,
  detailedClients,
  failureOf,
  ownChannel,
  testGateway,
} from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

type RawMethod = MethodDefinition<Uint8Array, Uint8Array, Uint8Array, Uint8Array>;

const same = (bytes: Uint8Array): Uint8Array => bytes;

/** Every RPC of the contract, from its descriptors, with bytes as messages. */
function contractMethods(): RawMethod[] {
  const { file } = fromBinary(FileDescriptorSetSchema, contractDescriptors());
  const own = file.filter((one) => one.package.startsWith('bytebasket.'));
  return own.flatMap((one) =>
    one.service.flatMap((service) =>
      service.method.map((method) => ({
        path: `/${one.package}.${service.name}/${method.name}`,
        requestStream: method.clientStreaming,
        responseStream: method.serverStreaming,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
        options: {},
      })),
    ),
  );
}

/** A service that answers every call with no bytes. */
function echoModule(method: RawMethod): ServiceModule {
  const answer = method.responseStream
    ? async function* () {
        await Promise.resolve();
        yield new Uint8Array(0);
      }
    : () => Promise.resolve(new Uint8Array(0));
  return {
    definition: { call: method },
    implementation: { call: answer },
  };
}

async function callOnce(
  channel: Channel,
  method: RawMethod,
  key: string | undefined,
): Promise<void> {
  const client = detailedClients.create({ call: method }, channel) as unknown as Record<
    'call',
    (request: unknown, options: object) => Promise<unknown> & AsyncIterable<unknown>
  >;
  const metadata = Metadata(key === undefined ? {} : { authorization: `Bearer ${key}` });
  async function* requests(): AsyncGenerator<Uint8Array> {
    await Promise.resolve();
    yield new Uint8Array(0);
  }
  const request = method.requestStream ? requests() : new Uint8Array(0);
  const answer = client.call(request, { metadata });
  await (method.responseStream ? collect(answer) : answer);
}

const methods = contractMethods();
const scopes = [...new Set(Object.values(METHOD_SCOPES))].sort();
const undeclared: RawMethod = {
  ...(methods[0] as RawMethod),
  path: '/test.v1.Undeclared/Call',
  requestStream: false,
  responseStream: false,
};

describe('scopes', () => {
  let folder: TempFolder;
  let access: KeyAccess;
  let gateway: TestGateway;
  let channel: Channel;
  const keys = new Map<string, string>();

  beforeAll(async () => {
    folder = await tempFolder('scopes');
    const nowMs = Date.now();
    let file: Parameters<typeof formatKeyFile>[0] = { keys: [] };
    const give = (name: string, granted: readonly string[], expireMs?: number): string => {
      const { key, record } = createKey({
        client: name.replace(':', '-'),
        scopes: granted,
        nowMs,
        expireMs,
      });
      keys.set(name, key);
      file = { keys: [...file.keys, record] };
      return record.id;
    };
    for (const scope of scopes) give(scope, [scope]);
    give('all', scopes);
    give('expired', scopes, nowMs - 1);
    const revoked = give('revoked', scopes);
    const path = join(folder.path, 'keys.json');
    writeFileSync(path, formatKeyFile(revokeKey(file, revoked)));
    access = openKeyAccess({ path, clock: systemClock(), logger: pino({ level: 'silent' }) });
    gateway = await testGateway([...methods, undeclared].map(echoModule), { access });
    channel = ownChannel(gateway.address);
  });

  afterAll(async () => {
    channel.close();
    await gateway.drain(1_000);
    access.close();
    await folder.remove();
  });

  test('every RPC of the contract declares one', () => {
    expect(methods.map((method) => method.path).sort()).toEqual(Object.keys(METHOD_SCOPES).sort());
    expect(methods.length).toBeGreaterThanOrEqual(8);
  });

  for (const method of methods) {
    for (const scope of scopes) {
      const allowed = METHOD_SCOPES[method.path] === scope;
      test(`${scope} alone ${allowed ? 'opens' : 'does not open'} ${method.path}`, async () => {
        const call = callOnce(channel, method, keys.get(scope));
        if (allowed) {
          await expect(call).resolves.toBeUndefined();
          return;
        }
        const needed = METHOD_SCOPES[method.path];
        expect(await failureOf(call)).toMatchObject({
          code: 'PERMISSION_DENIED',
          reason: 'SCOPE_MISSING',
          metadata: { scope: needed, method: method.path.split('.').at(-1) },
        });
      });
    }

    test.each(['expired', 'revoked', 'unknown', 'none'])(
      `a key that is %s does not open ${method.path}`,
      async (name) => {
        const key = { unknown: `bb_${'A'.repeat(32)}`, none: undefined }[name] ?? keys.get(name);
        expect(await failureOf(callOnce(channel, method, key))).toMatchObject({
          code: 'UNAUTHENTICATED',
          reason: 'KEY_INVALID',
        });
      },
    );
  }

  test('a method that declares no scope is closed to everybody', async () => {
    expect(await failureOf(callOnce(channel, undeclared, keys.get('all')))).toMatchObject({
      code: 'PERMISSION_DENIED',
      reason: 'SCOPE_MISSING',
      metadata: { scope: '', method: 'Undeclared/Call' },
    });
  });

  test('health needs no key', async () => {
    const client = detailedClients.create(HealthDefinition, channel);
    expect(await client.check({ service: '' })).toMatchObject({ status: 1 });
  });

  test('reflection needs any live key', async () => {
    const method = ServerReflectionService.serverReflectionInfo as unknown as RawMethod;
    const raw = { ...method, requestSerialize: same, responseDeserialize: same };
    expect(await failureOf(callOnce(channel, raw, undefined))).toMatchObject({
      reason: 'KEY_INVALID',
    });
    await expect(callOnce(channel, raw, keys.get('metrics:read'))).resolves.toBeUndefined();
  });
});
