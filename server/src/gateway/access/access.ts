import type { Caller } from '../service-module.js';

/** A caller with the id of its key, for logs. */
export interface KnownCaller extends Caller {
  /** The key's id, never the key; undefined without keys. */
  readonly keyId: string | undefined;
}

/** Who may call. */
export interface Access {
  /** True when everybody may do everything; the gateway then listens on loopback only. */
  readonly unrestricted: boolean;
  /** The caller of an `authorization` header (`Bearer bb_…`), or undefined when its key is not live. */
  authenticate(authorization: string | undefined): KnownCaller | undefined;
}

/** Access without keys, for loopback. */
export function openAccess(): Access {
  const anonymous: KnownCaller = {
    clientId: 'anonymous',
    scopes: new Set(),
    unrestricted: true,
    keyId: undefined,
  };
  return { unrestricted: true, authenticate: () => anonymous };
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}
