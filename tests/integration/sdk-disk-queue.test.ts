import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createByteBasket } from '@bytebasket/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { startProcess } from '../support/worker.js';
import { startScriptedGateway } from './sdk-scripted-gateway.js';
import { mulberry32 } from '../support/random.js';

const product = { product: { productId: 'p-1' } };
const someone = { anonymousId: 'device-1' };
const DEAD_ENDPOINT = 'http://127.0.0.1:9';

/** Ids that the child promised before it was killed. */
async function promisesUntilKilled(child: ChildProcess, atLeast: number): Promise<string[]> {
  const promised: string[] = [];
  const exit = once(child, 'exit');
  child.on('message', (ids: string[]) => {
    promised.push(...ids);
    if (promised.length >= atLeast) child.kill('SIGKILL');
  });
  await exit;
  return promised;
}

describe('a client with a disk-backed queue', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('sdk-queue');
  });
  afterEach(() => folder.remove());

  test('delivers what an earlier client could not, under the same instance and numbers', async () => {
    const options = { clientId: 'shop', queue: { folder: folder.path }, batch: { eventsMax: 2 } };
    const offline = createByteBasket({ endpoint: DEAD_ENDPOINT, ...options });
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      ids.push((await offline.track.productViewed(product, someone)).eventId);
    }
    const report = await offline.close({ signal: AbortSignal.abort() });
    expect(report).toMatchObject({ undelivered: 5, kept: true });

    const gateway = await startScriptedGateway();
    const bb = createByteBasket({ endpoint: gateway.endpoint, ...options });
    expect(bb.stats()).toMatchObject({ recovered: 5, queuedEvents: 5 });
    ids.push((await bb.track.productViewed(product, someone)).eventId);
    await bb.flush();
    expect(gateway.log.map(({ eventId }) => eventId)).toEqual(ids);
    expect(gateway.arrivals.map(({ batchNumber }) => batchNumber)).toEqual([1, 2, 3, 4]);
    await bb.close();

    const again = createByteBasket({ endpoint: gateway.endpoint, ...options });
    expect(again.stats().recovered).toBe(0);
    await again.track.productViewed(product, someone);
    await again.close();
    const [first] = gateway.arrivals;
    expect(gateway.arrivals.at(-1)).toMatchObject({ batchNumber: 5, clientId: first?.clientId });
    await gateway.close();
  });

  test('loses no event whose track() resolved when its process is killed', async () => {
    const seed = Date.now() % 1_000_000;
    const random = mulberry32(seed);
    const gateway = await startScriptedGateway({
      step: () => (random() < 0.05 ? (random() < 0.5 ? 'break-after' : 'break-before') : 'accept'),
    });
    const promised: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      // The first one finds nobody: everything stays in the folder.
      const endpoint = round === 0 ? DEAD_ENDPOINT : gateway.endpoint;
      const child = startProcess(new URL('./sdk-kill-child.ts', import.meta.url), {
        endpoint,
        folder: folder.path,
        round,
      });
      promised.push(...(await promisesUntilKilled(child, 200 + Math.floor(random() * 400))));
    }
    const last = createByteBasket({
      endpoint: gateway.endpoint,
      queue: { folder: folder.path },
      retry: { delayBaseMs: 5, delayMaxMs: 20 },
    });
    await last.flush({ signal: AbortSignal.timeout(15_000) });
    await last.close();
    const log = gateway.log.map(({ eventId }) => eventId);
    const delivered = new Set(log);
    expect(delivered.size, `seed ${seed}: none twice`).toBe(log.length);
    expect(
      promised.filter((id) => !delivered.has(id)),
      `seed ${seed}: none missing`,
    ).toEqual([]);
    const kept = new Set(promised);
    expect(
      log.filter((id) => kept.has(id)),
      `seed ${seed}: in order`,
    ).toEqual(promised);
    await gateway.close();
  });

  test('waits for room under `wait` and stays within its bounds', async () => {
    const gateway = await startScriptedGateway({ answerDelayMs: 2 });
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      queue: { folder: folder.path, eventsMax: 50 },
      batch: { eventsMax: 10, intervalMs: 1 },
    });
    let peak = 0;
    const calls = Array.from({ length: 400 }, async () => {
      const receipt = await bb.track.productViewed(product, someone);
      peak = Math.max(peak, bb.stats().queuedEvents);
      return receipt.eventId;
    });
    const ids = await Promise.all(calls);
    await bb.flush();
    expect(gateway.log.map(({ eventId }) => eventId)).toEqual(ids);
    expect(peak).toBeLessThanOrEqual(50);
    await bb.close();
    await gateway.close();
  });
});
