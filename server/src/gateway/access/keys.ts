import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Clock } from '../../ports/clock.js';
import { watchFiles } from '../watch-files.js';
import type { Access, KnownCaller } from './access.js';
import { keyDigest, parseKeyFile } from './key-file.js';

export interface KeyAccessOptions {
  /** The key file; see `key-file.ts` for its format. */
  readonly path: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds between two looks at the file where the file system does not tell of changes; default 1,000. */
  readonly pollMs?: number | undefined;
}

export interface KeyAccess extends Access {
  close(): void;
}

interface KnownKey {
  readonly caller: KnownCaller;
  readonly expireMs: number;
}

type Keys = ReadonlyMap<string, KnownKey>;

// `Bearer ` in any case, then a key of ours; bounded, so that a long header is not hashed.
const BEARER = /^bearer (bb_[A-Za-z0-9_-]{1,64})$/i;

/**
 * Access by API keys from a file. Throws KeyFileError, or the file system's error, when the file cannot be used at the start.
 * A changed file is used from then on, all of it or nothing: a broken one keeps the keys of the last good one.
 */
export function openKeyAccess(options: KeyAccessOptions): KeyAccess {
  const { path, clock, logger } = options;
  const reload = (): void => {
    try {
      keys = readKeys(path, clock);
      logger.info({ path, keys: keys.size }, 'API keys reloaded');
    } catch (error) {
      logger.error({ err: error, path }, 'the new key file cannot be used, keeping the old keys');
    }
  };
  const watch = watchFiles({ paths: [path], logger, pollMs: options.pollMs, onChange: reload });
  let keys: Keys;
  try {
    keys = readKeys(path, clock);
  } catch (error) {
    watch.close();
    throw error;
  }
  return {
    unrestricted: false,
    authenticate(authorization) {
      const key = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
      if (key === undefined) return undefined;
      // Looking up the digest takes the same time whatever part of a guessed key is right.
      const known = keys.get(keyDigest(key));
      return known === undefined || known.expireMs <= clock.nowMs() ? undefined : known.caller;
    },
    close: () => {
      watch.close();
    },
  };
}

function readKeys(path: string, clock: Clock): Keys {
  const file = parseKeyFile(readFileSync(path, 'utf8'), clock.nowMs());
  const live = file.keys.filter((record) => record.revoked !== true);
  return new Map(
    live.map((record) => [
      record.sha256,
      {
        caller: {
          clientId: record.client,
          scopes: new Set(record.scopes),
          unrestricted: false,
          keyId: record.id,
        },
        expireMs: record.expire_time === undefined ? Infinity : Date.parse(record.expire_time),
      },
    ]),
  );
}
