import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { isLoopback } from '@bytebasket/server/gateway/access/access';
import {
  addKey,
  createKey,
  expireKey,
  formatKeyFile,
  revokeKey,
} from '@bytebasket/server/gateway/access/key-file';
import type { KeyFile } from '@bytebasket/server/gateway/access/key-file';
import { openKeyAccess } from '@bytebasket/server/gateway/access/keys';
import type { KeyAccess } from '@bytebasket/server/gateway/access/keys';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../support/manual-clock.js';
import type { ManualClock } from '../support/manual-clock.js';
import { tempFolder } from '../support/temp-folder.js';
import type { TempFolder } from '../support/temp-folder.js';
import { eventually, serviceModule, testGateway } from '../support/test-gateway.js';

const START_MS = Date.UTC(2026, 10, 23);

describe('access by a key file', () => {
  let folder: TempFolder;
  let path: string;
  let clock: ManualClock;
  let access: KeyAccess | undefined;
  const errors: unknown[] = [];
  const logger = pino({ level: 'error' }, { write: (line) => errors.push(JSON.parse(line)) });

  beforeEach(async () => {
    folder = await tempFolder('keys');
    path = join(folder.path, 'keys.json');
    clock = manualClock(START_MS);
    errors.length = 0;
  });
  afterEach(async () => {
    access?.close();
    access = undefined;
    await folder.remove();
  });

  const make = (client = 'shop', expireMs?: number): ReturnType<typeof createKey> =>
    createKey({ client, scopes: ['events:write'], nowMs: START_MS, expireMs });
  const open = (file: KeyFile): KeyAccess => {
    writeFileSync(path, formatKeyFile(file));
    access = openKeyAccess({ path, clock, logger, pollMs: 50 });
    return access;
  };
  const replace = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };

  test('a live key gives its client, scopes and id; the scheme may be in any case', () => {
    const { key, record } = make();
    const opened = open({ keys: [record] });
    const caller = { clientId: 'shop', scopes: new Set(['events:write']), keyId: record.id };
    expect(opened.authenticate(`Bearer ${key}`)).toMatchObject(caller);
    expect(opened.authenticate(`bearer ${key}`)).toMatchObject(caller);
  });

  test.each([
    ['nothing', undefined],
    ['no scheme', (key: string) => key],
    ['a part of the key', (key: string) => `Bearer ${key.slice(0, -1)}`],
    ['more than the key', (key: string) => `Bearer ${key}A`],
    ['the digest', (_key: string, sha256: string) => `Bearer ${sha256}`],
    ['a long header', () => `Bearer bb_${'A'.repeat(100_000)}`],
  ])('%s is nobody', (_name, header) => {
    const { key, record } = make();
    expect(open({ keys: [record] }).authenticate(header?.(key, record.sha256))).toBeUndefined();
  });

  test('a key dies at its expire time, not before', async () => {
    const { key, record } = make('shop', START_MS + 1_000);
    const opened = open({ keys: [record] });
    await clock.advance(999);
    expect(opened.authenticate(`Bearer ${key}`)).toBeDefined();
    await clock.advance(1);
    expect(opened.authenticate(`Bearer ${key}`)).toBeUndefined();
  });

  test('a replaced file is used without a restart: a new key lives, a revoked one is dead', async () => {
    const first = make();
    const second = make();
    const opened = open({ keys: [first.record] });
    replace(formatKeyFile(addKey({ keys: [first.record] }, second.record, START_MS)));
    await eventually(() => opened.authenticate(`Bearer ${second.key}`) !== undefined);
    expect(opened.authenticate(`Bearer ${first.key}`)).toBeDefined();
    replace(formatKeyFile(revokeKey({ keys: [first.record, second.record] }, first.record.id)));
    await eventually(() => opened.authenticate(`Bearer ${first.key}`) === undefined);
    expect(opened.authenticate(`Bearer ${second.key}`)).toBeDefined();
  });

  test.each(['{"keys": [', '{"keys": [{"id": "x"}]}', ''])(
    'a broken file %j keeps the old keys and is logged',
    async (broken) => {
      const { key, record } = make();
      const opened = open({ keys: [record] });
      replace(broken);
      await eventually(() => errors.length > 0);
      expect(opened.authenticate(`Bearer ${key}`)).toBeDefined();
      expect(JSON.stringify(errors)).toContain('keeping the old keys');
    },
  );

  test('a file with three live keys of one client is refused at the start', () => {
    const keys = [make().record, make().record, make().record];
    expect(() => open({ keys })).toThrow('client shop has more than 2 live keys: revoke one first');
    const [first] = keys;
    expect(() => open(expireKey({ keys }, first?.id ?? '', START_MS))).not.toThrow();
  });

  test('a file that is not there is refused at the start', () => {
    expect(() => openKeyAccess({ path, clock, logger })).toThrow('ENOENT');
  });

  test('neither the key nor its digest is in the file or in the log line of a failed reload', async () => {
    const { key, record } = make();
    open({ keys: [record] });
    replace('{');
    await eventually(() => errors.length > 0);
    expect(formatKeyFile({ keys: [record] })).not.toContain(key);
    expect(JSON.stringify(errors)).not.toContain(key);
  });
});

describe('a gateway without keys', () => {
  const ingest = serviceModule(IngestServiceDefinition, {
    publish: () => Promise.resolve({}),
    async *publishStream(requests) {
      for await (const { batchNumber } of requests) yield { batchNumber };
    },
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'shop.example'])(
    'does not start on %s',
    async (host) => {
      await expect(testGateway([ingest], { listen: { host, port: 0 } })).rejects.toThrow(
        `listening on ${host} without API keys is refused: make a key file`,
      );
    },
  );

  test('starts on loopback and says that it has none', async () => {
    const gateway = await testGateway([ingest]);
    await gateway.drain(100);
    expect(gateway.lines[0]).toMatchObject({ msg: 'gateway listens on loopback without API keys' });
  });

  test.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['localhost', true],
    ['127.0.0.1.evil.example', false],
    ['128.0.0.1', false],
    ['', false],
  ])('%j is loopback: %s', (host, loopback) => {
    expect(isLoopback(host)).toBe(loopback);
  });
});
