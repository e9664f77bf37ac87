import { hash, randomBytes } from 'node:crypto';

/** One API key as the file keeps it: never the key, only its SHA-256. */
export interface KeyRecord {
  /** Short public name of the key, for logs and `revoke`. */
  readonly id: string;
  /** Who holds it, 1 to 64 characters of `[A-Za-z0-9_.-]`. */
  readonly client: string;
  /** SHA-256 of the whole key text, lower-case hex. */
  readonly sha256: string;
  readonly scopes: readonly string[];
  /** RFC 3339, UTC. */
  readonly create_time: string;
  /** RFC 3339; the key is dead from then on. Absent: never. */
  readonly expire_time?: string;
  readonly revoked?: boolean;
}

/** All keys, oldest first. */
export interface KeyFile {
  readonly keys: readonly KeyRecord[];
}

/** A key file or a change of it that is not allowed; the message says what to do. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** Two, so that a client can change its key without a break. */
export const LIVE_KEYS_MAX = 2;

const KEY_PREFIX = 'bb_';

/** SHA-256 of a key, lower-case hex. */
export function keyDigest(key: string): string {
  // One shot: a Hash object per call is a native handle, and those make the garbage collector slow.
  return hash('sha256', key, 'hex');
}

export function keyLive(record: KeyRecord, nowMs: number): boolean {
  if (record.revoked === true) return false;
  return record.expire_time === undefined || Date.parse(record.expire_time) > nowMs;
}

export interface NewKey {
  readonly client: string;
  readonly scopes: readonly string[];
  readonly nowMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly expireMs?: number | undefined;
}

/** Makes a key of 24 random bytes. The text is shown once and kept nowhere. Throws KeyFileError for a bad client or scope. */
export function createKey(options: NewKey): { readonly key: string; readonly record: KeyRecord } {
  const key = `${KEY_PREFIX}${randomBytes(24).toString('base64url')}`;
  const sha256 = keyDigest(key);
  const expiry =
    options.expireMs === undefined ? {} : { expire_time: new Date(options.expireMs).toISOString() };
  const record: KeyRecord = {
    id: sha256.slice(0, 12),
    client: options.client,
    sha256,
    scopes: options.scopes,
    create_time: new Date(options.nowMs).toISOString(),
    ...expiry,
  };
  const problem = recordProblem(record);
  if (problem !== undefined) throw new KeyFileError(problem);
  return { key, record };
}

/** Adds a key. Throws KeyFileError when its client has two live ones already. */
export function addKey(file: KeyFile, record: KeyRecord, nowMs: number): KeyFile {
  const changed = { keys: [...file.keys, record] };
  checkLiveKeys(changed, nowMs);
  return changed;
}

/** Revokes a key by id; for good. Throws KeyFileError when there is none. */
export function revokeKey(file: KeyFile, id: string): KeyFile {
  return changeKey(file, id, (record) => ({ ...record, revoked: true }));
}

/** Lets a key expire at a time. Throws KeyFileError when there is none. */
export function expireKey(file: KeyFile, id: string, expireMs: number): KeyFile {
  const expire_time = new Date(expireMs).toISOString();
  return changeKey(file, id, (record) => ({ ...record, expire_time }));
}

function changeKey(file: KeyFile, id: string, change: (record: KeyRecord) => KeyRecord): KeyFile {
  if (!file.keys.some((record) => record.id === id)) {
    throw new KeyFileError(`there is no key ${id}: list the keys to see their ids`);
  }
  return { keys: file.keys.map((record) => (record.id === id ? change(record) : record)) };
}

/** What may be shown of a key. */
export interface ListedKey {
  readonly id: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly createTime: string;
  readonly expireTime: string | undefined;
  readonly state: 'live' | 'expired' | 'revoked';
}

export function listKeys(file: KeyFile, nowMs: number): readonly ListedKey[] {
  return file.keys.map((record) => ({
    id: record.id,
    client: record.client,
    scopes: record.scopes,
    createTime: record.create_time,
    expireTime: record.expire_time,
    state: record.revoked === true ? 'revoked' : keyLive(record, nowMs) ? 'live' : 'expired',
  }));
}

export function formatKeyFile(file: KeyFile): string {
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** Reads a key file's text. Throws KeyFileError that names the entry at fault. */
export function parseKeyFile(text: string, nowMs: number): KeyFile {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new KeyFileError('the key file is not JSON: expected {"keys": […]}', { cause });
  }
  if (!isObject(parsed) || !Array.isArray(parsed['keys'])) {
    throw new KeyFileError('the key file has no list of keys: expected {"keys": […]}');
  }
  const entries: readonly unknown[] = parsed['keys'];
  const file = { keys: entries.map((entry, index) => readRecord(entry, index)) };
  const ids = new Set(file.keys.map((record) => record.id));
  if (ids.size !== file.keys.length) {
    throw new KeyFileError('two keys of the key file have the same id: give each its own');
  }
  checkLiveKeys(file, nowMs);
  return file;
}

function checkLiveKeys(file: KeyFile, nowMs: number): void {
  const live = new Map<string, number>();
  for (const record of file.keys) {
    if (!keyLive(record, nowMs)) continue;
    const count = (live.get(record.client) ?? 0) + 1;
    live.set(record.client, count);
    if (count > LIVE_KEYS_MAX) {
      throw new KeyFileError(
        `client ${record.client} has more than ${LIVE_KEYS_MAX} live keys: revoke one first`,
      );
    }
  }
}

function readRecord(entry: unknown, index: number): KeyRecord {
  const problem = isObject(entry) ? recordProblem(entry) : 'it is not an object';
  if (problem !== undefined) throw new KeyFileError(`key ${index} of the key file: ${problem}`);
  return entry as KeyRecord;
}

const FIELDS = new Set([
  'id',
  'client',
  'sha256',
  'scopes',
  'create_time',
  'expire_time',
  'revoked',
]);

function recordProblem(entry: object): string | undefined {
  const record = entry as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(record).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) return `${unknown} is not a field of a key`;
  if (!matches(record['id'], /^[A-Za-z0-9_-]{1,64}$/)) return 'id must be 1 to 64 of [A-Za-z0-9_-]';
  if (!matches(record['client'], /^[A-Za-z0-9_.-]{1,64}$/)) {
    return `client is ${String(record['client'])}: use 1 to 64 of [A-Za-z0-9_.-]`;
  }
  if (!matches(record['sha256'], /^[0-9a-f]{64}$/))
    return 'sha256 must be 64 lower-case hex digits';
  const scopes: unknown = record['scopes'];
  if (!Array.isArray(scopes) || scopes.length === 0) return 'scopes must name at least one scope';
  const badScope: unknown = scopes.find((scope) => !matches(scope, /^[a-z_]+:[a-z_]+$/));
  if (badScope !== undefined) {
    return `scope is ${JSON.stringify(badScope)}: use one such as events:write`;
  }
  if (!isTime(record['create_time'])) return 'create_time must be an RFC 3339 time';
  if (record['expire_time'] !== undefined && !isTime(record['expire_time'])) {
    return 'expire_time must be an RFC 3339 time';
  }
  const revoked: unknown = record['revoked'];
  if (revoked !== undefined && typeof revoked !== 'boolean') return 'revoked must be true or false';
  return undefined;
}

function matches(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isTime(value: unknown): boolean {
  return matches(value, /^\d{4}-\d\d-\d\dT/) && !Number.isNaN(Date.parse(String(value)));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
