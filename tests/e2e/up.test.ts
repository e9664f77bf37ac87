import {
  EventStatus,
  IngestServiceDefinition,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { createByteBasket, createEventIds, type ByteBasket } from '@bytebasket/sdk';
import { createChannel, createClient } from 'nice-grpc';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
    const { code, stderr } = await one.ended('SIGTERM');
    expect([code, lastMessage(stderr)]).toEqual([0, 'stopped']);
  });

  test('keeps what it acknowledged over a restart, and knows its event ids again', async () => {
    const first = await up();
    const { eventId, position } = await track(first.announced.endpoint);
    expect((await first.ended('SIGINT')).code).toBe(0);
    const second = await up();
    const again = await track(second.announced.endpoint, eventId);
    expect(again).toEqual({ eventId, duplicate: true, position });
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

  test('refuses a folder that another process uses and names that process', async () => {
    const one = await up();
    const two = await runCli([
      'up',
      '--data-folder',
      folder.path,
      '--port',
      '0',
      '--admin-port',
      '0',
    ]);
    expect(two.code).toBe(1);
    expect(two.stdout).toBe('');
    expect(two.stderr).toContain(
      `${folder.path} is in use by process ${String(one.announced.pid)}`,
    );
  });

  test('refuses a port that is taken and says how to go on', async () => {
    const one = await up();
    const other = await tempFolder('up-other');
    const port = one.announced.endpoint.split(':')[1] ?? '';
    const adminPort = one.announced.admin.split(':')[1] ?? '';
    const data = ['--data-folder', other.path];
    try {
      const taken = await runCli(['up', ...data, '--port', port, '--admin-port', '0']);
      expect([taken.code, taken.stderr]).toEqual([
        1,
        expect.stringContaining(`127.0.0.1:${port} is taken by another program\n  Stop it`),
      ]);
      const admin = await runCli(['up', ...data, '--port', '0', '--admin-port', adminPort]);
      expect([admin.code, admin.stderr]).toEqual([
        1,
        expect.stringContaining(`127.0.0.1:${adminPort} is taken by another program`),
      ]);
      expect(admin.stderr).toContain('--admin-port 0');
    } finally {
      await other.remove();
    }
  });

  test('refuses to listen for others without keys', async () => {
    const result = await runCli(['up', '--data-folder', folder.path, '--host', '0.0.0.0']);
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('host 0.0.0.0 can be reached by others');
    expect(result.stderr).toContain('bytebasket keys create');
  });

  test('keeps the time zone that the folder was made with', async () => {
    const made = await up(['--shop-time-zone', 'Asia/Tokyo']);
    expect(made.announced.timeZone).toBe('Asia/Tokyo');
    await made.ended('SIGTERM');
    const ports = ['--port', '0', '--admin-port', '0'];
    const where = ['up', '--data-folder', folder.path, ...ports];
    const other = await runCli([...where, '--shop-time-zone', 'UTC']);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('has days in Asia/Tokyo, shop.timeZone is UTC'),
    ]);
    expect((await up()).announced.timeZone).toBe('Asia/Tokyo');
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
    const ports = ['--port', '0', '--admin-port', '0'];
    const one = startCli(['up', '--data-folder', folder.path, ...ports]);
    running.push(one);
    await one.line(/Stop with Ctrl-C/);
    const result = (await one.ended('SIGTERM')).stdout;
    expect(result).toMatch(/gRPC +127\.0\.0\.1:\d+ \(plain text; no keys: this machine only/);
    expect(result).toContain(`data       ${folder.path} (days in UTC)`);
    expect(result).toMatch(/npx bytebasket replay FILE .*--endpoint 127/);
    expect(result).toMatch(/npx bytebasket watch metrics --endpoint 127/);
    expect(result).toMatch(/npx buf curl --protocol grpc --http2-prior-knowledge http:\/\/127/);
  });
});

function lastMessage(log: string): unknown {
  const last = log.trim().split('\n').at(-1) ?? '{}';
  return (JSON.parse(last) as { msg: unknown }).msg;
}
