import { createHash } from 'node:crypto';

/** Version of both kinds of token. */
export const TOKEN_VERSION = 1;

/** First 8 bytes of SHA-256: enough to notice a token that belongs elsewhere; tokens grant nothing. */
export function shortDigest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest().subarray(0, 8);
}

const BASE64URL = /^[A-Za-z0-9_-]+$/;

/** The bytes of a token, or undefined when it is not canonical base64url. */
export function tokenBytes(token: string): Uint8Array | undefined {
  if (!BASE64URL.test(token)) return undefined;
  const bytes = Buffer.from(token, 'base64url');
  return bytes.toString('base64url') === token ? bytes : undefined;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
