import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { describe, expect, test } from 'vitest';
import { FEATURES } from './catalogue.js';
import { ByteSink, ByteSource } from './bytes.js';
import { countryDistanceKm } from './countries.js';
import { Entity } from './entity.js';
import { entityBytes, entityFromBytes } from './entity-codec.js';
import { EventScan } from './event-scan.js';
import { DISTINCT_MAX, RecentSet } from './recent-set.js';
import { textHash } from './text-hash.js';
import { WindowSeries } from './window-series.js';
import { WINDOWS } from './windows.js';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function busyUser(): Entity {
  const user = new Entity('user');
  for (let i = 0; i < 60; i++) {
    const atMs = NOW_MS + i * 3_600_000;
    user.see(atMs);
    user.count('payments', atMs);
    // By value, as they are stored: their order means nothing.
    user.add('cards', (i % 20) + 1, atMs);
    user.spend(['EUR', 'USD'][i % 2] ?? '', 1_000_000 * i, atMs);
    user.decline(atMs);
  }
  user.logIn({ atMs: NOW_MS, country: 17_477, device: 1, ip: 2 });
  user.mark('password_reset', NOW_MS);
  return user;
}

describe('the stored form of an entity', () => {
  test('gives the same entity again', () => {
    const user = busyUser();
    expect(entityFromBytes(entityBytes(user))).toEqual(user);
    expect(entityBytes(entityFromBytes(entityBytes(user)))).toEqual(entityBytes(user));
  });

  test('is refused when cut anywhere, or of another version', () => {
    const bytes = entityBytes(busyUser());
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(() => entityFromBytes(bytes.subarray(0, cut))).toThrow(RangeError);
    }
    expect(() => entityFromBytes(Uint8Array.of(9, 0))).toThrow(/version 9, this program reads 1/);
    expect(() => entityFromBytes(Uint8Array.of(1, 77))).toThrow(/kind that is not known/);
  });

  test('holds numbers up to 2^53 and texts of any language', () => {
    const sink = new ByteSink(1);
    const numbers = [0, 1, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 42, Number.MAX_SAFE_INTEGER];
    for (const number of numbers) sink.number(number);
    sink.text('Zürich 東京');
    const source = new ByteSource(sink.take());
    expect(numbers.map(() => source.number())).toEqual(numbers);
    expect([source.text(), source.atEnd]).toEqual(['Zürich 東京', true]);
    expect(() => source.number()).toThrow(/end at/);
  });
});

describe('a set of recent values', () => {
  test('keeps the 25 seen last, whatever the order of adding and merging', () => {
    const seen = Array.from({ length: 60 }, (_, i) => [((i * 37) % 40) + 1, i * 5_000] as const);
    const forward = new RecentSet();
    const shares = [new RecentSet(), new RecentSet(), new RecentSet()];
    seen.forEach(([value, atMs], index) => {
      forward.add(value, atMs);
      shares[index % 3]?.add(value, atMs);
    });
    const merged = new RecentSet();
    for (const share of [...shares].reverse()) merged.merge(share);
    const values = (set: RecentSet): (readonly number[])[] => {
      const all: (readonly number[])[] = [];
      set.each((value, _, last) => all.push([value, last]));
      return all.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
    };
    expect(forward.size).toBe(DISTINCT_MAX);
    expect(values(merged)).toEqual(values(forward));
    expect(forward.count(60 * 5_000, 86_400_000)).toBe(DISTINCT_MAX);
  });
});

describe('a window', () => {
  test('keeps at most two lengths of buckets, in any order of adding', () => {
    const rule = WINDOWS['5m'];
    const series = new WindowSeries(rule);
    const shuffled = Array.from({ length: 200 }, (_, i) => (i * 71) % 200);
    for (const i of shuffled) series.add(NOW_MS + i * rule.bucketMs, 1);
    expect(series.cells.length / 2).toBe(WindowSeries.pairsMax(rule));
    expect(series.total(NOW_MS + 199 * rule.bucketMs)).toBe(10);
    expect(series.total(NOW_MS + 190 * rule.bucketMs)).toBe(10);
  });
});

describe('looking at an event without decoding it', () => {
  const view = (partial: object): Uint8Array =>
    Event.encode(
      Event.fromPartial({
        eventId: '0197f3a1-7c00-7abc-8def-000000000001',
        anonymousId: 'device-1',
        occurTime: new Date(NOW_MS + 123),
        context: { country: 'DE' },
        payload: { $case: 'productViewed', value: { product: { productId: 'item-1', name: 'Ü' } } },
        ...partial,
      }),
    ).finish();

  test('reads a view as the decoder does', () => {
    const scan = new EventScan();
    expect(scan.scan(view({}))).toBe('view');
    expect([scan.deviceId, scan.item, scan.occurMs]).toEqual([
      'device-1',
      textHash('item-1'),
      NOW_MS + 123,
    ]);
  });

  test('passes over what changes no feature and decodes what does', () => {
    const scan = new EventScan();
    expect(scan.scan(view({ payload: { $case: 'pageViewed', value: {} } }))).toBe('nothing');
    expect(scan.scan(view({ payload: { $case: 'userLoggedIn', value: {} } }))).toBe('decode');
    expect(scan.scan(view({ anonymousId: 'gerät' }))).toBe('decode');
  });

  test('decodes whatever is cut or odd, and never reads past the end', () => {
    const scan = new EventScan();
    const whole = view({});
    for (let cut = 1; cut < whole.length; cut++) {
      const cutShort = whole.subarray(0, cut);
      const scanned = scan.scan(cutShort);
      // A cut between two fields leaves an event without payload: nothing to count.
      if (scanned === 'nothing') expect(Event.decode(cutShort).payload).toBeUndefined();
      else expect(scanned).toBe('decode');
    }
  });
});

describe('the catalogue', () => {
  test('names every feature once, with a default of its type', () => {
    const names = FEATURES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const types = { double: 'number', bool: 'boolean', string: 'string' } as const;
    for (const { name, type, default: fallback, description } of FEATURES) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect([name, typeof fallback]).toEqual([name, types[type]]);
      expect(description).not.toMatch(/\.$/);
    }
  });

  test('knows how far countries lie apart', () => {
    expect(countryDistanceKm('DE', 'DE')).toBe(0);
    expect(countryDistanceKm('DE', 'ZZ')).toBe(0);
    expect(countryDistanceKm('DE', 'FR')).toBeGreaterThan(400);
    expect(countryDistanceKm('DE', 'FR')).toBeLessThan(1_000);
    expect(countryDistanceKm('DE', 'AU')).toBeGreaterThan(13_000);
  });
});
