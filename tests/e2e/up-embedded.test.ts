import { createServer, type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded } from '@bytebasket/cli/embedded';
import { createByteBasket, type ByteBasket } from '@bytebasket/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

describe('the server inside a program', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('embedded');
  });
  afterEach(() => folder.remove());

  test('counts an event that it acknowledged, and closes twice without harm', async () => {
    const server = await startEmbedded({ dataFolder: folder.path });
    const client = createByteBasket({ endpoint: server.endpoint, batch: { intervalMs: 0 } });
    try {
      expect(server).toMatchObject({ adminPort: undefined, processor: true, timeZone: 'UTC' });
      const product = { productId: 'p-1' };
      await client.track.productViewed({ product }, { anonymousId: 'device-1' });
      expect(await firstCount(client, 'product_views')).toBe(1);
    } finally {
      await client.close();
      await Promise.all([server.close(), server.close()]);
    }
  });

  test('a start that fails gives everything back: folder, ports and threads', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const options = { dataFolder: folder.path, port };
    await expect(startEmbedded(options)).rejects.toMatchObject({
      name: 'CliError',
      message: `127.0.0.1:${port} is taken by another program`,
    });
    await new Promise((resolve) => taken.close(resolve));
    // Found out last, when everything else runs.
    const pem = join(folder.path, 'no-certificate.pem');
    const tls = { certFile: pem, keyFile: pem };
    await expect(startEmbedded({ ...options, tls })).rejects.toThrow('cannot read tls.certFile');
    await writeFile(pem, 'not PEM');
    await expect(startEmbedded({ ...options, tls })).rejects.toThrow(/TLS with .* does not work/);
    const server = await startEmbedded(options);
    expect(server.endpoint).toBe(`127.0.0.1:${port}`);
    await server.close();
  });

  test('takes events without a processor; they are counted when one comes', async () => {
    const gateway = await startEmbedded({ dataFolder: folder.path, processor: false });
    const client = createByteBasket({ endpoint: gateway.endpoint, batch: { intervalMs: 0 } });
    const { delivered } = await client.track.cartViewed({}, { anonymousId: 'device-1' });
    expect(await delivered).toMatchObject({ duplicate: false });
    await client.close();
    await gateway.close();
    expect(gateway.processor).toBe(false);
  });
});

/** The first value of a metric that the server tells. */
async function firstCount(client: ByteBasket, metric: string): Promise<number | undefined> {
  const signal = AbortSignal.timeout(10_000);
  for await (const update of client.metrics.watch({ series: [metric], signal })) {
    if (update.type === 'value' && update.point.value.kind === 'count') {
      return update.point.value.count;
    }
  }
  return undefined;
}
