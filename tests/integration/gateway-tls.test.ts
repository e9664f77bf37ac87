import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { ChannelCredentials, createChannel } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testCertificate } from '../support/certificate.js';
import type { TestCertificate } from '../support/certificate.js';
import { tempFolder } from '../support/temp-folder.js';
import type { TempFolder } from '../support/temp-folder.js';
import {
  detailedClients,
  eventually,
  serviceModule,
  testGateway,
} from '../support/test-gateway.js';
import type { TestGateway } from '../support/test-gateway.js';

const ingest = serviceModule(IngestServiceDefinition, {
  publish: () => Promise.resolve({ results: [] }),
  async *publishStream(requests) {
    for await (const { batchNumber } of requests) yield { batchNumber };
  },
});

describe('TLS of the gateway', () => {
  let folder: TempFolder;
  let gateway: TestGateway | undefined;
  let certFile: string;
  let keyFile: string;

  beforeEach(async () => {
    folder = await tempFolder('tls');
    certFile = join(folder.path, 'server.crt');
    keyFile = join(folder.path, 'server.key');
  });
  afterEach(async () => {
    await gateway?.drain(500);
    gateway = undefined;
    await folder.remove();
  });

  const write = ({ cert, key }: TestCertificate): void => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
  };
  const start = async (): Promise<TestGateway> => {
    gateway = await testGateway([ingest], { tls: { certFile, keyFile, pollMs: 50 } });
    return gateway;
  };
  const publish = async (address: string, { cert }: TestCertificate): Promise<void> => {
    const channel = createChannel(address, ChannelCredentials.createSsl(Buffer.from(cert)), {
      'grpc.use_local_subchannel_pool': 1,
    });
    const client = detailedClients.create(IngestServiceDefinition, channel);
    try {
      await client.publish({ events: [] }, { signal: AbortSignal.timeout(3_000) });
    } finally {
      channel.close();
    }
  };

  /** Serial number of the certificate that a new connection gets. */
  const served = ({ port }: TestGateway): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ALPNProtocols: ['h2'],
      });
      socket.once('error', reject);
      socket.once('secureConnect', () => {
        const serial = socket.getPeerX509Certificate()?.serialNumber ?? '';
        socket.destroy();
        resolve(serial);
      });
    });

  test('a client that trusts the certificate calls; one that trusts another does not', async () => {
    const own = testCertificate(1);
    write(own);
    const { address } = await start();
    await expect(publish(address, own)).resolves.toBeUndefined();
    await expect(publish(address, testCertificate(2))).rejects.toThrow();
  });

  test('a replaced pair serves new connections in less than 2 seconds', async () => {
    const old = testCertificate(1);
    const next = testCertificate(2);
    write(old);
    const running = await start();
    expect(await served(running)).toBe('01');
    write(next);
    await eventually(async () => (await served(running)) === '02', 2_000);
    await expect(publish(running.address, next)).resolves.toBeUndefined();
    await expect(publish(running.address, old)).rejects.toThrow();
  });

  test('a half-written pair keeps the old one and is logged', async () => {
    const old = testCertificate(1);
    write(old);
    const running = await start();
    writeFileSync(certFile, testCertificate(2).cert);
    await eventually(() => JSON.stringify(running.lines).includes('keeping the old one'));
    expect(await served(running)).toBe('01');
    await expect(publish(running.address, old)).resolves.toBeUndefined();
  });

  test('a key of another certificate stops the start and names the files', async () => {
    write({ cert: testCertificate(1).cert, key: testCertificate(2).key });
    await expect(start()).rejects.toThrow(/server\.crt and .*server\.key does not work/);
  });

  test('the test certificate is a valid self-signed one', () => {
    const certificate = new X509Certificate(testCertificate(3).cert);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
  });
});
