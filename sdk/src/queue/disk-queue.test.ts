import { readFileSync, readdirSync, truncateSync, writeFileSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { machineClock } from '../clock.js';
import { ClientClosedError } from '../errors/errors.js';
import type { ObserverEvent } from '../options/observer.js';
import { framedSize } from '../publish/frame.js';
import { QueueReceipt } from '../publish/receipt.js';
import { DiskQueue, type DiskQueueOptions } from './disk-queue.js';

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const CLOSED = new ClientClosedError();

describe('the disk-backed queue', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytebasket-queue-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function openQueue(options: Partial<DiskQueueOptions> = {}) {
    const seen: ObserverEvent[] = [];
    const released = { events: 0, bytes: 0 };
    const queue = new DiskQueue({
      folder,
      limits: { eventsMax: 3, bytesMax: 1_000_000 },
      clock: machineClock(),
      instance: 'fresh',
      observe: (event) => seen.push(event),
      becameReady: () => undefined,
      released: (events, bytes) => {
        released.events += events;
        released.bytes += bytes;
      },
      ...options,
    });
    return { queue, seen, released };
  }

  const eventOf = (text: string) => {
    const bytes = Buffer.from(text);
    return { bytes, size: framedSize(bytes.length), receipt: new QueueReceipt(text) };
  };

  async function addAll(queue: DiskQueue, texts: readonly string[]): Promise<void> {
    await Promise.all(texts.map((text) => queue.add(eventOf(text))));
  }

  /** Every batch with its texts, read as the publisher does. */
  async function drain(queue: DiskQueue, settle = false): Promise<[number, string[]][]> {
    const batches: [number, string[]][] = [];
    queue.closeOpen();
    for (let at = 0; at < queue.batchCount; at += settle ? 0 : 1) {
      const count = queue.batchCount;
      while (queue.ready(at) === undefined && queue.batchCount === count) await soon();
      const batch = queue.ready(at);
      if (batch === undefined) continue;
      batches.push([batch.number, batch.events.map(({ bytes }) => Buffer.from(bytes).toString())]);
      if (settle) queue.settleOldest();
    }
    return batches;
  }

  const segments = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.events'));
  const texts = (count: number, from = 0) =>
    Array.from({ length: count }, (_, at) => `e${from + at}`);

  test('gives batches in order and forgets them when they are settled', async () => {
    const { queue } = openQueue();
    await addAll(queue, texts(7));
    expect(await drain(queue, true)).toEqual([
      [1, ['e0', 'e1', 'e2']],
      [2, ['e3', 'e4', 'e5']],
      [3, ['e6']],
    ]);
    expect(queue.settledNumber).toBe(3);
    await queue.close(CLOSED);
    const again = openQueue();
    expect(again.queue.recovered).toEqual({ events: 0, bytes: 0 });
    await addAll(again.queue, ['later']);
    expect(await drain(again.queue)).toEqual([[4, ['later']]]);
    await again.queue.close(CLOSED);
  });

  test('keeps instance, numbers and batches for the next process', async () => {
    const { queue } = openQueue({ instance: 'first' });
    await addAll(queue, texts(7));
    queue.closeOpen();
    queue.settleOldest();
    await queue.close(CLOSED);

    const { queue: again, seen } = openQueue();
    expect(again.instance).toBe('first');
    expect(again.recovered).toEqual({ events: 4, bytes: 4 * framedSize(2) });
    expect(seen).toEqual([{ type: 'recovered', events: 4, tornBytes: 0, corruptRegions: 0 }]);
    await addAll(again, ['new']);
    expect(await drain(again, true)).toEqual([
      [2, ['e3', 'e4', 'e5']],
      [3, ['e6']],
      [4, ['new']],
    ]);
    await again.close(CLOSED);
  });

  test('takes an event at the very moment at which the one before became durable', async () => {
    const { queue } = openQueue();
    for (const text of texts(5)) await queue.add(eventOf(text));
    expect((await drain(queue, true)).flatMap(([, batch]) => batch)).toEqual(texts(5));
    await queue.close(CLOSED);
  });

  test('a batch is not ready before it is on the disk', async () => {
    const { queue } = openQueue();
    const written = addAll(queue, texts(3));
    expect(queue.batchCount).toBe(1);
    expect(queue.ready(0)).toBeUndefined();
    await written;
    expect(queue.ready(0)?.count).toBe(3);
    await queue.close(CLOSED);
  });

  test('keeps little in memory and reads the rest back in order', async () => {
    const { queue } = openQueue({ residentBytesMax: 200 });
    const all = texts(200);
    for (let at = 0; at < all.length; at += 20) await addAll(queue, all.slice(at, at + 20));
    expect(queue.ready(60), 'is on disk only').toBeUndefined();
    const drained = await drain(queue, true);
    expect(drained.flatMap(([, batch]) => batch)).toEqual(all);
    expect(drained.map(([number]) => number)).toEqual(drained.map((_one, at) => at + 1));
    await queue.close(CLOSED);
  });

  test('receipts of events that were read back are told the outcome', async () => {
    const { queue } = openQueue({ residentBytesMax: 0 });
    const all = texts(6).map(eventOf);
    await Promise.all(all.map((event) => queue.add(event)));
    expect(queue.ready(0), 'is on disk only').toBeUndefined();
    while (queue.ready(0) === undefined) await soon();
    expect(queue.ready(0)?.events.map(({ receipt }) => receipt)).toEqual(
      all.slice(0, 3).map(({ receipt }) => receipt),
    );
    await queue.close(CLOSED);
    for (const { receipt } of all) await expect(receipt.delivered).rejects.toBe(CLOSED);
  });

  test('deletes segments whose batches are settled and stays bounded', async () => {
    const { queue } = openQueue({ limits: { eventsMax: 10, bytesMax: 1_000_000 } });
    const big = 'x'.repeat(100_000);
    let most = 0;
    for (let round = 0; round < 40; round += 1) {
      await addAll(
        queue,
        Array.from({ length: 10 }, () => big),
      );
      if (round > 0) queue.settleOldest();
      most = Math.max(most, segments().length);
    }
    expect(most).toBeGreaterThan(1);
    expect(most, '40 MB went through, 8 MiB a segment').toBeLessThanOrEqual(3);
    await queue.close(CLOSED);
  });

  test('cut at every byte, gives what was whole, and takes new events', async () => {
    const { queue } = openQueue();
    await addAll(queue, texts(4));
    await queue.close(CLOSED);
    const [name = ''] = segments();
    const whole = readFileSync(join(folder, name));
    let before = -1;
    for (let bytes = 0; bytes <= whole.length; bytes += 1) {
      await rm(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, name), whole);
      truncateSync(join(folder, name), bytes);
      const { queue: cut, seen } = openQueue();
      const { events } = cut.recovered;
      expect(events).toBeGreaterThanOrEqual(before);
      before = events;
      await addAll(cut, ['new']);
      expect((await drain(cut, true)).flatMap(([, batch]) => batch)).toEqual([
        ...texts(events),
        'new',
      ]);
      expect(seen.filter(({ type }) => type === 'lost')).toEqual([]);
      await cut.close(CLOSED);
    }
    expect(before).toBe(4);
  });

  test('skips and counts damage inside, and delivers the rest', async () => {
    const { queue } = openQueue();
    await addAll(queue, texts(30));
    await queue.close(CLOSED);
    const path = join(folder, segments()[0] ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('e7')] = 0x45;
    bytes[bytes.indexOf('e20')] = 0x45;
    writeFileSync(path, bytes);
    const { queue: damaged, seen } = openQueue();
    expect(seen).toEqual([{ type: 'recovered', events: 28, tornBytes: 0, corruptRegions: 2 }]);
    const survivors = texts(30).filter((text) => text !== 'e7' && text !== 'e20');
    expect((await drain(damaged, true)).flatMap(([, batch]) => batch)).toEqual(survivors);
    await damaged.close(CLOSED);
  });

  test('reports events that are damaged while they are queued as lost, and goes on', async () => {
    const { queue, seen, released } = openQueue({ residentBytesMax: 0 });
    const all = texts(9).map(eventOf);
    await Promise.all(all.map((event) => queue.add(event)));
    const path = join(folder, segments()[0] ?? '');
    const bytes = readFileSync(path);
    bytes[bytes.indexOf('e4')] = 0x45;
    writeFileSync(path, bytes);
    expect((await drain(queue, true)).flatMap(([, batch]) => batch)).toEqual(
      texts(9).filter((text) => text !== 'e4'),
    );
    await expect(all[4]?.receipt.delivered).rejects.toMatchObject({ reason: 'EVENT_LOST' });
    expect(seen).toContainEqual({ type: 'lost', events: 1, batchNumber: 2 });
    expect(released).toEqual({ events: 1, bytes: framedSize(2) });
    await queue.close(CLOSED);
  });

  test('belongs to one client at a time', async () => {
    const { queue } = openQueue();
    expect(() => openQueue()).toThrow(expect.objectContaining({ reason: 'QUEUE_LOCKED' }));
    await queue.close(CLOSED);
    const { queue: next } = openQueue();
    await next.close(CLOSED);
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toEqual([]);
  });

  test('clears away the lock of a process that is gone', async () => {
    // Number 1 runs, but did not start at tick 1: the number was given anew. The other number is above the system's largest.
    writeFileSync(join(folder, 'lock.4194399.1.abc'), '');
    writeFileSync(join(folder, 'lock.1.1.abc'), '');
    const { queue } = openQueue();
    expect(readdirSync(folder).filter((name) => name.startsWith('lock'))).toHaveLength(1);
    await queue.close(CLOSED);
  });

  test('takes no more events once the disk fails, and still gives what was written', async () => {
    const { queue, seen, released } = openQueue();
    await addAll(queue, texts(3));
    // A segment that cannot be made: its name is taken.
    const big = 'x'.repeat(1_000_000);
    await addAll(
      queue,
      Array.from({ length: 9 }, () => big),
    );
    writeFileSync(join(folder, '000000000002.events'), '');
    queue.closeOpen();
    const refused = eventOf('refused');
    await expect(queue.add(refused)).rejects.toMatchObject({ reason: 'QUEUE_FAILED' });
    await expect(queue.add(eventOf('too'))).rejects.toMatchObject({ reason: 'QUEUE_FAILED' });
    await expect(refused.receipt.delivered).rejects.toMatchObject({ reason: 'QUEUE_FAILED' });
    expect(released.events).toBe(2);
    expect(seen.map(({ type }) => type)).toEqual(['queue-failed']);
    expect((await drain(queue, true)).map(([, batch]) => batch.length)).toEqual([
      3,
      ...Array.from({ length: 9 }, () => 1),
    ]);
    await queue.close(CLOSED);
  });
});
