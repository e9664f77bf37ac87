/**
 * Chooses a key's partition as Kafka's default partitioner does: murmur2 of the key bytes (seed 0x9747b28c, 32 bit),
 * sign bit cleared, modulo the number of partitions. Source: Apache Kafka, `Utils.murmur2` and
 * `BuiltInPartitioner.partitionForKey`.
 *
 * `partitions`: 1 or more. Returns 0 to `partitions` - 1. Same key, same partition, in every profile.
 */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

/** The 32-bit murmur2 hash (signed) of `bytes`, as Kafka computes it. */
export function murmur2(bytes: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = bytes.length;
  let h = 0x9747b28c ^ length;
  const words = length >> 2;
  for (let i = 0; i < words; i++) {
    const at = i << 2;
    let k =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const tail = words << 2;
  const left = length & 3;
  if (left === 3) h ^= (bytes[tail + 2] ?? 0) << 16;
  if (left >= 2) h ^= (bytes[tail + 1] ?? 0) << 8;
  if (left >= 1) {
    h ^= bytes[tail] ?? 0;
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return h;
}
