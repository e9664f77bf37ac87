import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createByteBasket, type ByteBasket, type ByteBasketOptions } from '@bytebasket/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testCertificate } from '../support/certificate.js';
import { runCli, startUp, type CliProcess } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

describe('bytebasket up with TLS and API keys', () => {
  const { cert, key } = testCertificate(1);
  let folder: TempFolder;
  let server: (CliProcess & { readonly announced: { readonly endpoint: string } }) | undefined;
  const clients: ByteBasket[] = [];

  beforeEach(async () => {
    folder = await tempFolder('up-tls');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await server?.ended('SIGKILL');
    await folder.remove();
  });

  const path = (name: string) => join(folder.path, name);
  const client = (options: Partial<ByteBasketOptions>) => {
    const endpoint = `https://${server?.announced.endpoint ?? ''}`;
    const one = createByteBasket({ endpoint, ...options });
    clients.push(one);
    return one;
  };
  const event = { anonymousId: 'd-1', payload: { $case: 'pageViewed' as const, value: {} } };

  test('takes events of a client that trusts its certificate and has a key, and of no other', async () => {
    await Promise.all([writeFile(path('server.crt'), cert), writeFile(path('server.key'), key)]);
    const keysFile = ['--keys-file', path('keys.json')];
    const made = await runCli(['keys', 'create', 'shop', ...keysFile]);
    expect(made.code).toBe(0);
    const apiKey = made.stdout.trim().split(/\s+/).at(-1) ?? '';
    const files = ['--tls-cert-file', path('server.crt'), '--tls-key-file', path('server.key')];
    server = await startUp(path('data'), { args: [...files, ...keysFile] });

    const [taken] = await client({ key: apiKey, tls: { ca: cert } }).publish([event]);
    expect(taken).toMatchObject({ status: 'accepted' });

    const wrong = client({ key: `${apiKey}x`, tls: { ca: cert } });
    const refused = wrong.publish([event]);
    await expect(refused).rejects.toMatchObject({ name: 'AccessDeniedError' });

    const stranger = client({ key: apiKey, tls: { ca: testCertificate(2).cert } });
    await expect(stranger.metrics.list({ deadlineMs: 1_000 })).rejects.toMatchObject({
      message: expect.stringMatching(/no connection established|certificate/i),
    });

    expect((await server.ended('SIGTERM')).code).toBe(0);
  });
});
