import { createHash } from 'node:crypto';

/**
 * An event id that is the same whenever the same thing is imported with the same `seed`: a UUIDv7 whose time is the
 * event's and whose random part is a hash. So a repeated replay has no second effect.
 */
export function importedEventId(seed: string, source: string, timeMs: number): string {
  const hash = createHash('sha256').update(seed).update('\0').update(source).digest('hex');
  const time = Math.max(0, Math.floor(timeMs)).toString(16).padStart(12, '0').slice(-12);
  const variant = ((parseInt(hash[3] ?? '0', 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}
