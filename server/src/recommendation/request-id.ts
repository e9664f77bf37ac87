import { randomBytes } from 'node:crypto';

/**
 * Makes a UUIDv7 (RFC 9562 §5.7) of a time (ms since the Unix epoch): 48 bits of time, 74 of chance, in lower case with
 * hyphens.
 */
export function requestId(nowMs: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
