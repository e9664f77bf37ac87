import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  addKey,
  createKey,
  expireKey,
  formatKeyFile,
  listKeys,
  parseKeyFile,
  revokeKey,
} from './key-file.js';
import type { KeyRecord } from './key-file.js';

const NOW_MS = Date.UTC(2026, 10, 23);
const make = (client = 'shop'): ReturnType<typeof createKey> =>
  createKey({ client, scopes: ['events:write'], nowMs: NOW_MS });

describe('the key file', () => {
  test('a key has 24 random bytes, and the file its SHA-256 only', () => {
    const { key, record } = make();
    expect(key).toMatch(/^bb_[A-Za-z0-9_-]{32}$/);
    expect(record.sha256).toBe(createHash('sha256').update(key).digest('hex'));
    expect(formatKeyFile({ keys: [record] })).not.toContain(key.slice(3));
    expect(make().key).not.toBe(key);
  });

  test('what is written can be read', () => {
    const { record } = createKey({
      client: 'shop',
      scopes: ['events:write', 'metrics:read'],
      nowMs: NOW_MS,
      expireMs: NOW_MS + 1,
    });
    const file = revokeKey({ keys: [record] }, record.id);
    expect(parseKeyFile(formatKeyFile(file), NOW_MS)).toEqual(file);
  });

  test('a client has two live keys at most; a dead one makes room', () => {
    const [first, second, third] = [make().record, make().record, make().record];
    const two = addKey(addKey({ keys: [] }, first, NOW_MS), second, NOW_MS);
    expect(() => addKey(two, third, NOW_MS)).toThrow('client shop has more than 2 live keys');
    expect(addKey(revokeKey(two, first.id), third, NOW_MS).keys).toHaveLength(3);
    expect(addKey(expireKey(two, first.id, NOW_MS), third, NOW_MS).keys).toHaveLength(3);
    expect(addKey(two, make('other').record, NOW_MS).keys).toHaveLength(3);
  });

  test('the list shows the state and no digest', () => {
    const [first, second, third] = [make().record, make('a').record, make('b').record];
    const file = expireKey(
      revokeKey({ keys: [first, second, third] }, first.id),
      second.id,
      NOW_MS,
    );
    expect(listKeys(file, NOW_MS).map((one) => one.state)).toEqual(['revoked', 'expired', 'live']);
    expect(JSON.stringify(listKeys(file, NOW_MS))).not.toContain(first.sha256);
  });

  test('an id that is not there is named', () => {
    expect(() => revokeKey({ keys: [] }, 'abc')).toThrow('there is no key abc: list the keys');
  });

  const good = make().record;
  const entry = (change: object): string => JSON.stringify({ keys: [{ ...good, ...change }] });
  test.each([
    ['[]', 'has no list of keys'],
    ['{', 'is not JSON'],
    ['{"keys": [7]}', 'key 0 of the key file: it is not an object'],
    [entry({ sha256: 'ABC' }), 'sha256 must be 64'],
    [entry({ client: 'a:b' }), 'client is a:b: use'],
    [entry({ client: undefined }), 'client is undefined'],
    [entry({ scopes: [] }), 'at least one scope'],
    [entry({ scopes: ['everything'] }), 'scope is "everything": use'],
    [entry({ create_time: 'today' }), 'create_time must be'],
    [entry({ expire_time: 17 }), 'expire_time must be'],
    [entry({ revoked: 'yes' }), 'revoked must be'],
    [entry({ secret: 'x' }), 'secret is not a field'],
    [JSON.stringify({ keys: [good, good] }), 'the same id'],
  ])('%s is refused', (text, message) => {
    expect(() => parseKeyFile(text, NOW_MS)).toThrow(message);
  });

  test.each([{ client: 'no colon:here' }, { scopes: ['all'] }, { scopes: [] }])(
    'a key for %j is not made',
    (change) => {
      const options = { client: 'shop', scopes: ['a:b'], nowMs: NOW_MS, ...change };
      expect(() => createKey(options)).toThrow(/client is|scope/);
    },
  );

  test('an expired third key does not stop a file', () => {
    const expired: KeyRecord = { ...make().record, expire_time: new Date(NOW_MS).toISOString() };
    const text = formatKeyFile({ keys: [make().record, make().record, expired] });
    expect(parseKeyFile(text, NOW_MS).keys).toHaveLength(3);
  });
});
