import { takeEnd, type WireCursor } from './protobuf-reader.js';

const PLACES = 256;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Turns the bytes of names that come again and again into the same string, without making it anew. */
export interface NameCache {
  /** Reads a text field; the newest name per place is kept, 256 in all. */
  take(cursor: WireCursor): string;
}

export function createNameCache(): NameCache {
  const places: ({ readonly bytes: Buffer; readonly name: string } | undefined)[] = Array.from({
    length: PLACES,
  });
  return {
    take(cursor) {
      const end = takeEnd(cursor);
      const { bytes, at } = cursor;
      cursor.at = end;
      // FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
      let hash = FNV_OFFSET;
      for (let i = at; i < end; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), FNV_PRIME);
      const place = (hash ^ (hash >>> 16)) & (PLACES - 1);
      const kept = places[place];
      if (kept !== undefined && same(kept.bytes, bytes, { at, end })) return kept.name;
      const name = bytes.toString('utf8', at, end);
      places[place] = { bytes: Buffer.from(bytes.subarray(at, end)), name };
      return name;
    },
  };
}

function same(
  kept: Buffer,
  bytes: Buffer,
  { at, end }: { readonly at: number; readonly end: number },
): boolean {
  if (kept.length !== end - at) return false;
  for (let i = 0; i < kept.length; i++) if (kept[i] !== bytes[at + i]) return false;
  return true;
}
