import { join } from 'node:path';
import {
  EventStatus,
  IngestServiceDefinition,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { createByteBasket, createEventIds, type ByteBasket } from '@bytebasket/sdk';
import { createChannel, createClient } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCli, startCli, startUp, type CliProcess } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

describe('bytebasket up', () => {
  let folder: TempFolder;
  // An event that comes again must have the same content, its time included.
  const started = new Date();
  const running: CliProcess[] = [];
  const clients: ByteBasket[] = [];

  beforeEach(async () => {
    folder = await tempFolder('up');
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(running.splice(0).map((one) => one.ended('SIGKILL')));
    await folder.remove();
  });

  const up = async (args: readonly string[] = []) => {
    const one = await startUp(folder.path, { args });
    running.push(one);
    return one;
  };
  const track = async (endpoint: string, eventId?: string) => {
    const client = createByteBasket({ endpoint, batch: { intervalMs: 0 } });
    clients.push(client);
    const product = { productId: 'p-1' };
    const options = { anonymousId: 'd-1', occurTime: started, eventId };
    return (await client.track.productViewed({ product }, options)).delivered;
  };

  test('serves on a free port, takes an event, says so, and SIGTERM ends it with code 0', async () => {
    const one = await up();
    const { endpoint, admin, processor, timeZone, dataFolder, pid } = one.announced;
    expect(endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
    expect({ processor, timeZone, dataFolder }).toEqual({
      processor: true,
      timeZone: 'UTC',
      dataFolder: folder.path,
    });
    expect(pid).toBe(one.child.pid);
    expect(await track(endpoint)).toMatchObject({ duplicate: false });
    const metrics = await (await fetch(`http://${admin}/metrics`)).text();
    expect(metrics).toContain('bytebasket_ingest_events_total{outcome="accepted"} 1');
    const calls = (port: string, operation: string) =>
      `storage_call_seconds_count{port="${port}",operation="${operation}",outcome="ok"}`;
    expect(metrics).toContain(calls('inputs', 'append'));
    await vi.waitFor(
      async () => {
        const later = await (await fetch(`http://${admin}/metrics`)).text();
        expect(later).toContain(calls('tables', 'write'));
      },
      { timeout: 5_000, interval: 100 },
    );
    const { code, stderr } = await one.ended('SIGTERM');
    expect([code, lastMessage(stderr)]).toEqual([0, 'stopped']);
  });

  test('keeps events, their ids and the time zone over a restart', async () => {
    const first = await up(['--shop-time-zone', 'Asia/Tokyo']);
    const { eventId, position } = await track(first.announced.endpoint);
    expect((await first.ended('SIGINT')).code).toBe(0);
    const second = await up();
    expect(second.announced.timeZone).toBe('Asia/Tokyo');
    const again = await track(second.announced.endpoint, eventId);
    expect(again).toEqual({ eventId, duplicate: true, position });
    await second.ended('SIGTERM');
    const other = await runCli([...where(folder.path), '--shop-time-zone', 'UTC']);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('has days in Asia/Tokyo, shop.timeZone is UTC'),
    ]);
  });

  test('answers every call under way when it is told to stop', async () => {
    const one = await up();
    const channel = createChannel(one.announced.endpoint);
    const nextId = createEventIds();
    const ingest = createClient(IngestServiceDefinition, channel);
    try {
      const publish = (call: number) =>
        ingest.publish({
          events: Array.from({ length: 20 }, () => ({
            eventId: nextId(),
            anonymousId: `device-${call}`,
            occurTime: started,
            payload: { $case: 'productViewed', value: { product: { productId: 'p-1' } } },
          })),
        });
      await publish(0);
      const calls = Array.from({ length: 64 }, (_, call) => publish(call + 1));
      await Promise.race(calls);
      const ended = one.ended('SIGTERM');
      const responses = await Promise.all(calls);
      const statuses = responses.flatMap(({ results }) => results.map(({ status }) => status));
      expect(statuses).toEqual(Array<EventStatus>(64 * 20).fill(EventStatus.ACCEPTED));
      expect((await ended).code).toBe(0);
    } finally {
      channel.close();
    }
  });

  test('refuses a used folder and taken ports, naming who has them and what to do', async () => {
    const one = await up();
    const { endpoint, admin, pid } = one.announced;
    const used = await runCli(where(folder.path));
    expect([used.code, used.stdout, used.stderr]).toEqual([
      1,
      '',
      expect.stringContaining(`${folder.path} is in use by process ${pid}`),
    ]);
    const other = join(folder.path, 'other');
    const port = await runCli([...where(other), '--port', portOf(endpoint)]);
    expect([port.code, port.stderr]).toEqual([
      1,
      expect.stringContaining(`${endpoint} is taken by another program\n  Stop it`),
    ]);
    const adminPort = await runCli([...where(other), '--admin-port', portOf(admin)]);
    expect([adminPort.code, adminPort.stderr]).toEqual([
      1,
      expect.stringMatching(/^bytebasket: \S+ is taken by another program\n.*--admin-port 0/m),
    ]);
  });

  test('refuses to listen for others without keys', async () => {
    const result = await runCli(['up', '--data-folder', folder.path, '--host', '0.0.0.0']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('host 0.0.0.0 can be reached by others');
    expect(result.stderr).toContain('bytebasket keys create');
  });

  test('a second signal ends it at once', async () => {
    const one = await up();
    one.child.kill('SIGSTOP');
    one.child.kill('SIGTERM');
    one.child.kill('SIGINT');
    one.child.kill('SIGCONT');
    const { code } = await one.ended();
    expect([128 + 2, 128 + 15]).toContain(code);
  });

  test('tells a person what runs where and what to do next', async () => {
    const one = startCli(where(folder.path));
    running.push(one);
    await one.line(/Stop with Ctrl-C/);
    const result = (await one.ended('SIGTERM')).stdout;
    expect(result).toMatch(/gRPC +127\.0\.0\.1:\d+ \(plain text; no keys: this machine only/);
    expect(result).toContain(`data       ${folder.path} (days in UTC)`);
    expect(result).toMatch(/npx bytebasket replay FILE .*--endpoint 127/);
    expect(result).toMatch(/npx bytebasket watch metrics --endpoint 127/);
    expect(result).toMatch(/npx bytebasket mock .*--endpoint 127/);
    expect(result).toMatch(/npx buf curl --protocol grpc --http2-prior-knowledge http:\/\/127/);
  });
});

/** Arguments of `up` on a folder and on free ports; later flags win. */
function where(dataFolder: string): readonly string[] {
  return ['up', '--data-folder', dataFolder, '--port', '0', '--admin-port', '0'];
}

function portOf(endpoint: string): string {
  return endpoint.split(':').at(-1) ?? '';
}

function lastMessage(log: string): unknown {
  const last = log.trim().split('\n').at(-1) ?? '{}';
  return (JSON.parse(last) as { msg: unknown }).msg;
}
