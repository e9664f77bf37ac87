import { createByteBasket, money } from '@bytebasket/sdk';
import { startTestGateway, type TestGateway } from '@bytebasket/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cuttableWay } from '../support/cuttable-way.js';
import { tempFolder } from '../support/temp-folder.js';
import { mulberry32 } from '../support/random.js';

const product = { product: { productId: 'p-1', categoryId: 'shoes' } };
const payload = { $case: 'productViewed', value: product } as const;

describe('the SDK and a real gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ processor: true });
  });
  afterAll(() => gateway.close());

  test('agree on accepted, duplicate and rejected events', async () => {
    const bb = createByteBasket({
      endpoint: gateway.endpoint,
      defaults: { anonymousId: 'device-1' },
    });
    const [first] = await bb.publish([{ payload }]);
    if (first?.status !== 'accepted') throw new Error(`not accepted: ${String(first?.status)}`);
    const { eventId, position } = first;
    const occurTime = new Date();
    const again = await bb.publish([{ payload, eventId, occurTime }]);
    // Other content under a known id: the time differs.
    expect(again).toMatchObject([{ status: 'rejected', error: { reason: 'EVENT_ID_REUSED' } }]);
    const fixed = { payload, eventId: eventId.replace(/.$/, (last) => (last === '0' ? '1' : '0')) };
    const twice = await bb.publish([
      { ...fixed, occurTime },
      { ...fixed, occurTime },
    ]);
    expect(twice.map(({ status }) => status)).toEqual(['accepted', 'duplicate']);
    expect(position.stream).toBe('user-activity');
    const future = new Date(Date.now() + 3_600_000);
    expect(await bb.publish([{ payload, occurTime: future }])).toMatchObject([
      {
        status: 'rejected',
        error: { rejectedBy: 'gateway', reason: 'OCCUR_TIME_IN_FUTURE', field: 'occur_time' },
      },
    ]);
    await bb.close();
  });

  test('give a metric that moves on a watch, the same in a query, and a list that names it', async () => {
    const bb = createByteBasket({ endpoint: gateway.endpoint, batch: { intervalMs: 0 } });
    const controller = new AbortController();
    const series = [{ metric: 'revenue', resolution: '10s' }] as const;
    let amount = '';
    let tracked = false;
    for await (const update of bb.metrics.watch({ series, signal: controller.signal })) {
      if (update.type === 'snapshot' && !tracked) {
        tracked = true;
        const line = { ...product, quantity: 2, total: money('EUR', '25') };
        await bb.track.orderCompleted(
          {
            orderId: 'o-1',
            lines: [line],
            shipping: money('EUR', '4.99'),
            total: money('EUR', '29.99'),
          },
          { anonymousId: 'device-2' },
        );
      }
      if (update.type !== 'value' || update.point.value.kind !== 'money') continue;
      amount = update.point.value.money.amount;
      break;
    }
    expect(amount).toBe('29.99');
    const points = await bb.metrics.query({ series });
    const sums = points.map(({ value }) => (value.kind === 'money' ? value.money.amount : ''));
    expect(sums).toContain('29.99');
    const names = (await bb.metrics.list()).map(({ metric }) => metric);
    expect(names).toContain('revenue');
    await expect(bb.metrics.query({ series: ['revenues'] })).rejects.toMatchObject({
      reason: 'METRIC_UNKNOWN',
      code: 'NOT_FOUND',
    });
    await bb.close();
  });

  test('deliver each event once and in order while the network is cut again and again', async () => {
    const seed = Date.now() % 1_000_000;
    const random = mulberry32(seed);
    const way = await cuttableWay(gateway.port);
    const bb = createByteBasket({
      endpoint: way.endpoint,
      batch: { eventsMax: 20, intervalMs: 2 },
      queue: { eventsMax: 500 },
      retry: { delayBaseMs: 5, delayMaxMs: 30 },
      defaults: { anonymousId: 'cut-off' },
    });
    const deliveries: Promise<bigint>[] = [];
    for (let order = 0; order < 3_000; order += 1) {
      const receipt = await bb.track.productViewed(product);
      deliveries.push(receipt.delivered.then(({ position }) => position.offset));
      if (random() < 0.008) {
        await new Promise((resolve) => setTimeout(resolve, 5 * random()));
        way.cut();
      }
    }
    await bb.flush({ signal: AbortSignal.timeout(15_000) });
    const offsets = await Promise.all(deliveries);
    const ascending = offsets.every((offset, at) => at === 0 || offset > (offsets[at - 1] ?? 0n));
    // One key, one partition: ascending offsets mean that the log has them in order, each at one place.
    expect(ascending, `seed ${seed}`).toBe(true);
    expect(bb.stats()).toMatchObject({ delivered: 3_000, rejected: 0 });
    expect(bb.stats().reconnects, `seed ${seed}`).toBeGreaterThan(2);
    await bb.close();
    way.close();
  });

  test('hold through a restart of the gateway on its port and folder', async () => {
    const folder = await tempFolder('sdk-restart');
    const options = { dataFolder: folder.path };
    const first = await startTestGateway(options);
    const bb = createByteBasket({
      endpoint: first.endpoint,
      retry: { delayBaseMs: 5, delayMaxMs: 50 },
      defaults: { anonymousId: 'device-1' },
    });
    await bb.publish([{ payload }]);
    await first.close();
    const receipt = await bb.track.productViewed(product);
    const second = await startTestGateway({ ...options, port: first.port });
    expect((await receipt.delivered).position.offset).toBe(1n);
    await bb.close();
    await second.close();
    await folder.remove();
  });
});
