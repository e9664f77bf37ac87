import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startTestGateway } from '@bytebasket/sdk/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startScriptedGateway } from '../integration/sdk-scripted-gateway.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** What a shop's program does with the package, in either module system. */
const BODY = `
  const bb = createByteBasket({ endpoint: process.argv[2], defaults: { anonymousId: 'device-1' } });
  const receipt = await bb.track.orderCompleted({
    orderId: 'o-1',
    lines: [{ product: { productId: 'p-1' }, quantity: 1, total: money('EUR', '12.50') }],
    total: money('EUR', '12.50'),
  });
  const { duplicate } = await receipt.delivered;
  const refused = await bb.track.productViewed({}).catch((error) => error);
  await bb.close();
  console.log(JSON.stringify({ duplicate, known: isEventRejectedError(refused), field: refused.field }));
`;
const NAMES = '{ createByteBasket, isEventRejectedError, money }';
const EXPECTED = { duplicate: false, known: true, field: 'product_viewed.product' };

const TYPED = `
  const bb: ByteBasket = createByteBasket({ endpoint: 'http://localhost:1' });
  export const viewed = bb.track.productViewed({ product: { productId: 'p', price: money('EUR', '1') } });
  // @ts-expect-error a field that the contract does not have
  export const wrong = bb.track.productViewed({ produkt: {} });
  // @ts-expect-error no payload of that name
  export const unknown = bb.track.productEaten({});
  export async function watch(): Promise<number> {
    for await (const update of bb.metrics.watch({ series: ['orders'] })) {
      // Would be an error if any part of the chain were 'any'.
      // @ts-expect-error a point has no such value
      if (update.type === 'value') return update.point.value.kind === 'nothing' ? 0 : 1;
    }
    for await (const update of bb.alerts.watch({ states: ['open'] })) {
      // @ts-expect-error an alert has no such state
      if (update.type === 'value') return update.value.state === 'closed' ? 0 : update.value.version;
    }
    const { orderState } = await bb.transactions.get('o-1');
    // @ts-expect-error no verdict of that name
    await bb.fraud.reportLabel({ transactionId: orderState, source: 'chargeback', verdict: 'bad' });
    const { items } = await bb.recommendations.get({ placement: 'cart' });
    // @ts-expect-error a number is no text
    return items[0]?.position === '1' ? 0 : 1;
  }
`;

describe('the built package', () => {
  let shop: TempFolder;
  beforeAll(async () => {
    shop = await tempFolder('sdk-shop');
    await run(process.execPath, [TSC, '-b', 'sdk'], { cwd: ROOT });
    await run(process.execPath, ['sdk/scripts/build-cjs.mjs'], { cwd: ROOT });
    await mkdir(join(shop.path, 'node_modules'));
    for (const name of ['@bytebasket', '@types', 'undici-types']) {
      await symlink(join(ROOT, 'node_modules', name), join(shop.path, 'node_modules', name));
    }
  }, 120_000);
  afterAll(() => shop.remove());

  const runProgram = async (name: string, text: string, args: string[] = []): Promise<unknown> => {
    await writeFile(join(shop.path, name), text);
    const { stdout } = await run(process.execPath, [join(shop.path, name), ...args]);
    return JSON.parse(stdout);
  };

  test('works with require', async () => {
    const gateway = await startScriptedGateway();
    const text = `const ${NAMES} = require('@bytebasket/sdk'); (async () => {${BODY}})();`;
    expect(await runProgram('shop.cjs', text, [gateway.endpoint])).toEqual(EXPECTED);
    expect(gateway.log).toHaveLength(1);
    await gateway.close();
  });

  test('works with import', async () => {
    const gateway = await startScriptedGateway();
    const text = `import ${NAMES} from '@bytebasket/sdk'; ${BODY}`;
    expect(await runProgram('shop.mjs', text, [gateway.endpoint])).toEqual(EXPECTED);
    expect(gateway.log).toHaveLength(1);
    await gateway.close();
  });

  test('tells errors apart across its two copies', async () => {
    const text = `
      import * as modules from '@bytebasket/sdk';
      import { createRequire } from 'node:module';
      const required = createRequire(import.meta.url)('@bytebasket/sdk');
      const error = await required.createByteBasket({ endpoint: 'http://localhost:1' })
        .track.productViewed({}).catch((caught) => caught);
      console.log(JSON.stringify([
        error instanceof modules.EventRejectedError, modules.isEventRejectedError(error),
        modules.isByteBasketError(error), modules.isQueueFullError(error),
      ]));
      process.exit(0);
    `;
    expect(await runProgram('mixed.mjs', text)).toEqual([false, true, true, false]);
  });

  test.each([
    [
      'shop-types.cts',
      "import { createByteBasket, money, type ByteBasket } from '@bytebasket/sdk';",
    ],
    [
      'shop-types.mts',
      "import { createByteBasket, money, type ByteBasket } from '@bytebasket/sdk';",
    ],
  ])('has types for a strict consumer: %s', async (name, header) => {
    await writeFile(join(shop.path, name), `${header}\n${TYPED}`);
    const flags = ['--strict', '--noEmit', '--exactOptionalPropertyTypes', '--target', 'es2022'];
    const types = ['--module', 'node16', '--moduleResolution', 'node16', '--types', 'node'];
    const args = [TSC, ...flags, ...types, '--skipLibCheck', name];
    const { stdout } = await run(process.execPath, args, { cwd: shop.path }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).toBe('');
  });

  test('says what to install when the product is not there to be tested against', async () => {
    const bare = await tempFolder('sdk-bare');
    await copyFile(join(ROOT, 'sdk/dist/cjs/testing.cjs'), join(bare.path, 'testing.cjs'));
    const path = join(bare.path, 'bare.cjs');
    const report = 'console.log(JSON.stringify([error.reason, error.message]))';
    await writeFile(
      path,
      `require('./testing.cjs').startTestGateway().catch((error) => ${report});`,
    );
    const { stdout } = await run(process.execPath, [path]);
    expect(JSON.parse(stdout)).toEqual([
      'PACKAGE_MISSING',
      expect.stringContaining('install @bytebasket/cli'),
    ]);
    await bare.remove();
  });

  test('runs the examples of its README', async () => {
    const gateway = await startTestGateway({ processor: true });
    const readme = await readFile(join(ROOT, 'sdk/README.md'), 'utf8');
    const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, text = '']) => text);
    const outputs: string[] = [];
    for (const [at, text] of examples.entries()) {
      const path = join(shop.path, `example-${at}.mjs`);
      await writeFile(path, text.replaceAll('http://localhost:50051', gateway.endpoint));
      const { stdout } = await run(process.execPath, [path], { cwd: shop.path });
      outputs.push(stdout);
    }
    expect(outputs).toEqual([
      expect.stringMatching(/^order at transactions\/[0-3]\/0 \{ duplicate: false \}\n$/),
      'FIELD_INVALID product_added.product.product_id\n',
      expect.stringMatching(/^windows: \d+\npoints: \d+\n$/),
      'allow and labelled pay-1\n',
      'placed attempted allow\n',
      expect.stringMatching(/^(?:\d+ p-1 .+\n)?items: \d+\n$/),
      'accepted\n',
    ]);
    await gateway.close();
  });

  test('has no `any` in its public types', async () => {
    const { stdout } = await run(
      'grep',
      ['-rlE', ':\\s*any\\b|<any>', '--include=*.d.ts', 'dist'],
      {
        cwd: join(ROOT, 'sdk'),
      },
    ).catch((error: unknown) => error as { stdout: string });
    const own = stdout.split('\n').filter((path) => path !== '' && !path.includes('/proto/'));
    expect(own).toEqual([]);
    const index = await readFile(join(ROOT, 'sdk/dist/index.d.ts'), 'utf8');
    expect(index).toContain('createByteBasket');
  });
});
