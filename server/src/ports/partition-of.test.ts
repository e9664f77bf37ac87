import { describe, expect, test } from 'vitest';
import { murmur2, partitionOf } from './partition-of.js';

// Vectors of Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java
const VECTORS: readonly (readonly [string, number])[] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('partitionOf', () => {
  test.each(VECTORS)('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text, 'utf8'))).toBe(hash);
  });

  test('clears the sign and takes the remainder, as the default partitioner does', () => {
    for (const [text, hash] of VECTORS) {
      const key = Buffer.from(text, 'utf8');
      for (const partitions of [1, 3, 4, 12]) {
        expect(partitionOf(key, partitions)).toBe((hash & 0x7fffffff) % partitions);
      }
    }
  });

  test('reads the bytes of a view, not of the buffer behind it', () => {
    const whole = Buffer.from('xx21yy', 'utf8');
    expect(murmur2(whole.subarray(2, 4))).toBe(-973932308);
  });

  test('spreads the keys of a shop over all partitions', () => {
    const counts = [0, 0, 0, 0];
    for (let user = 0; user < 4_000; user++) {
      const partition = partitionOf(Buffer.from(`user-${user}`, 'utf8'), 4);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(800);
  });

  test('gives the empty key a partition', () => {
    expect(partitionOf(new Uint8Array(0), 4)).toBeGreaterThanOrEqual(0);
    expect(partitionOf(new Uint8Array(0), 4)).toBeLessThan(4);
  });
});
