import type { EventResult } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { encodeSegment, decodeSegment } from '@bytebasket/server/ingest/id-segment';
import type { BlobCache } from '@bytebasket/server/ports/blob-cache';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ingestWorld,
  order,
  publisher,
  view,
  type IngestWorld,
  type WorldOptions,
} from '../support/ingest-world.js';

const RECORDS = 16;
const EVENTS = 1_000;

const worlds: IngestWorld[] = [];

async function openWorld(options: WorldOptions): Promise<IngestWorld> {
  const world = await ingestWorld({ idSegmentRecords: RECORDS, ...options });
  worlds.push(world);
  return world;
}

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

/** A cache in memory whose blobs a test may spoil. */
function memoryCache(): BlobCache & { readonly blobs: Map<string, Uint8Array> } {
  const blobs = new Map<string, Uint8Array>();
  return {
    blobs,
    names: async () => [...blobs.keys()],
    get: async (name) => blobs.get(name),
    put: async (name, bytes) => void blobs.set(name, bytes),
    remove: async (name) => void blobs.delete(name),
  };
}

const events = Array.from({ length: EVENTS }, (_, i) => (i % 4 === 0 ? order(i) : view(i)));

async function publishAll(world: IngestWorld): Promise<EventResult[]> {
  const results: EventResult[] = [];
  for (let from = 0; from < EVENTS; from += 100) {
    const answer = await publisher(world).publish({ events: events.slice(from, from + 100) });
    results.push(...answer.results);
  }
  return results;
}

/** Publishes everything into a new log, then opens it again after `spoil`; expects each event to be known. */
async function restarted(
  cache: BlobCache,
  spoil: () => void,
  { opened, ...options }: WorldOptions & { readonly opened?: () => void } = {},
): Promise<IngestWorld> {
  const first = await openWorld({ idCache: cache });
  const before = await publishAll(first);
  await first.stop();
  worlds.length = 0;
  spoil();
  const second = await openWorld({ folder: first.folder, idCache: cache, ...options });
  opened?.();
  const again = await publishAll(second);
  expect(new Set(again.map(({ status }) => status))).toEqual(new Set([2]));
  expect(again.map(({ position }) => position)).toEqual(before.map(({ position }) => position));
  return second;
}

/** Counts the records that ingest reads. */
function countedReads(): { readonly tamper: (log: EventLog) => EventLog; records: number } {
  const counted = {
    records: 0,
    tamper: (log: EventLog): EventLog => ({
      ...log,
      async *read(topic, partition, options) {
        for await (const records of log.read(topic, partition, options)) {
          counted.records += records.length;
          yield records;
        }
      },
    }),
  };
  return counted;
}

describe('the cache of known ids', () => {
  test('answers for the records of its segments after a restart, and few records are read', async () => {
    const cache = memoryCache();
    const counted = countedReads();
    let readAtStart = NaN;
    const opened = () => (readAtStart = counted.records);
    await restarted(cache, () => undefined, { tamper: counted.tamper, opened });
    const inSegments = cache.blobs.size * RECORDS;
    expect(inSegments).toBeGreaterThan(EVENTS - 8 * RECORDS);
    // Two of each segment to compare with, and what is not in a segment.
    expect(readAtStart).toBeGreaterThanOrEqual(2 * cache.blobs.size);
    expect(readAtStart).toBeLessThan(2 * cache.blobs.size + 8 * RECORDS);
  });

  test('that lost some segments and holds damaged ones hides no id', async () => {
    const cache = memoryCache();
    const spoilt: string[] = [];
    await restarted(cache, () => {
      for (const [i, [name, bytes]] of [...cache.blobs].entries()) {
        spoilt.push(name);
        if (i % 4 === 0) cache.blobs.delete(name);
        else if (i % 4 === 1) cache.blobs.set(name, bytes.subarray(0, bytes.length - 1));
        else if (i % 4 === 2)
          cache.blobs.set(
            name,
            bytes.map((b, at) => (at === 40 ? b ^ 1 : b)),
          );
        else spoilt.pop();
      }
    });
    expect(spoilt.length).toBeGreaterThan(20);
    // What was read from the log became segments again.
    for (const name of spoilt) {
      const [, source = NaN, number = NaN] = name.split('-').map(Number);
      const place = { source, number, records: RECORDS };
      expect(decodeSegment(cache.blobs.get(name) ?? Uint8Array.of(), place)).toBeDefined();
    }
  });

  test('whose segments are of another log does not count', async () => {
    const cache = memoryCache();
    await restarted(cache, () => {
      for (const [name, bytes] of cache.blobs) {
        const [, source = NaN, number = NaN] = name.split('-').map(Number);
        const place = { source, number, records: RECORDS };
        const segment = decodeSegment(bytes, place);
        if (segment === undefined) throw new Error(`${name} is no segment`);
        const tags = segment.tags.map((tag) => tag ^ 0x40);
        cache.blobs.set(name, encodeSegment(place, segment.seed, { ...segment, tags }));
      }
    });
  });

  test('whose segments are of several tables does not count but for one of them', async () => {
    const cache = memoryCache();
    await restarted(cache, () => {
      for (const [i, [name, bytes]] of [...cache.blobs].entries()) {
        const [, source = NaN, number = NaN] = name.split('-').map(Number);
        const place = { source, number, records: RECORDS };
        const segment = decodeSegment(bytes, place);
        if (segment === undefined) throw new Error(`${name} is no segment`);
        const seed = segment.seed.map((word) => word + (i % 3));
        cache.blobs.set(name, encodeSegment(place, seed, segment));
      }
    });
  });

  test('that fails altogether only costs time', async () => {
    const fail = () => Promise.reject(new Error('no disk'));
    await restarted({ names: fail, get: fail, put: fail, remove: fail }, () => undefined);
  });

  test('keeps no more segments than the horizon needs', async () => {
    const cache = memoryCache();
    const world = await openWorld({ idCache: cache, limits: { horizonRecords: 2 * RECORDS } });
    await publishAll(world);
    await world.ingest.close();
    // Two whole ones, the one that the horizon cuts, and the newest: for each partition of each topic.
    expect(cache.blobs.size).toBeLessThanOrEqual(8 * 4);
    expect(cache.blobs.size).toBeGreaterThan(8);
  });
});
