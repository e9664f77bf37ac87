import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { startEmbedded, type Embedded } from '@bytebasket/cli/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerMock } from '../../cli/src/commands/mock.js';
import { registerPublish } from '../../cli/src/commands/publish.js';
import { runCommand } from '../support/cli-context.js';
import { freePort } from '../support/free-port.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

interface Counts {
  readonly events: number;
  readonly accepted: number;
  readonly payments: number;
  readonly fraudPayments: Readonly<Record<string, number>>;
}

const SMALL = ['--visitors', '200', '--items', '50'];

describe('bytebasket mock', () => {
  let folder: TempFolder;
  let server: Embedded;
  beforeAll(async () => {
    folder = await tempFolder('mock');
    server = await startEmbedded({ dataFolder: join(folder.path, 'data'), processor: false });
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });
  const mock = async (args: readonly string[], more: { signal?: AbortSignal } = {}) => {
    const options = { cwd: folder.path, ...more };
    return await runCommand(registerMock, ['mock', ...SMALL, ...args], options);
  };

  test('sends a shop for two seconds, and every event counts', async () => {
    const fast = ['--rate', '300', '--duration', '2s', '--conversion', '0.5'];
    const { code, stdout } = await mock([...fast, '--endpoint', server.endpoint, '--json']);
    expect(code).toBe(0);
    const counts = JSON.parse(stdout) as Counts;
    expect(counts).toMatchObject({ duplicates: 0, rejected: 0, unanswered: 0 });
    expect(counts.accepted).toBe(counts.events);
    expect(counts.events).toBeGreaterThan(300);
    expect(counts.payments).toBeGreaterThan(0);
  });

  test('asks about payments before they are tried, and sends them with the decision', async () => {
    const fast = ['--rate', '150', '--duration', '2s', '--conversion', '0.8', '--score', '0.5'];
    const { code, stdout } = await mock([...fast, '--endpoint', server.endpoint, '--json']);
    expect(code).toBe(0);
    const counts = JSON.parse(stdout) as Counts & { asked: Readonly<Record<string, number>> };
    // A busy machine may take longer than a shop waits.
    const { 'no answer': late = 0, ...asked } = counts.asked;
    const sum = Object.values(asked).reduce((total, count) => total + count, 0);
    expect(sum + late).toBe(Math.floor(counts.payments / 2));
    expect(sum).toBeGreaterThan(0);
  });

  test('writes the same events for the same seed and start, as publish takes them', async () => {
    const write = async (seed: string, file: string) => {
      const when = ['--start', '2026-11-02T10:00:00Z', '--duration', '20s', '--rate', '20'];
      const to = ['--seed', seed, '--out', file, '--truth', `${file}.truth`];
      const { code } = await mock([...when, ...to, '--fraud', '0.1', '--conversion', '1']);
      expect(code).toBe(0);
      return await readFile(join(folder.path, file), 'utf8');
    };
    const events = await write('5', 'one.jsonl');
    expect(await write('5', 'two.jsonl')).toBe(events);
    expect(await write('6', 'three.jsonl')).not.toBe(events);
    const lines = events.trim().split('\n');
    expect(lines.length).toBeGreaterThan(200);
    const { code, stdout } = await runCommand(
      registerPublish,
      ['publish', '--endpoint', server.endpoint],
      { stdin: Readable.from([events]) },
    );
    expect([code, stdout.match(/ accepted at /g)?.length]).toEqual([0, lines.length]);
  });

  test('ends well when it is stopped, with everything answered', async () => {
    const stopping = new AbortController();
    const to = ['--endpoint', server.endpoint, '--rate', '200', '--json'];
    const running = mock(to, { signal: stopping.signal });
    await delay(1_500);
    stopping.abort(new Error('stopped by SIGINT'));
    const { code, stdout } = await running;
    const counts = JSON.parse(stdout) as Counts;
    expect(code).toBe(0);
    expect(counts).toMatchObject({ rejected: 0, unanswered: 0, accepted: counts.events });
    expect(counts.events).toBeGreaterThan(50);
  });

  test('goes on after the server was away, and loses nothing', async () => {
    const dataFolder = join(folder.path, 'away');
    const port = await freePort();
    const first = await startEmbedded({ dataFolder, port, processor: false });
    const args = ['--rate', '200', '--duration', '4s', '--json'];
    const running = mock([...args, '--endpoint', first.endpoint]);
    await delay(1_500);
    await first.close();
    await delay(700);
    const second = await startEmbedded({ dataFolder, port, processor: false });
    const { code, stdout } = await running;
    await second.close();
    const counts = JSON.parse(stdout) as Counts & { readonly duplicates: number };
    expect(code).toBe(0);
    expect(counts).toMatchObject({ rejected: 0, unanswered: 0 });
    expect(counts.accepted + counts.duplicates).toBe(counts.events);
    expect(counts.events).toBeGreaterThan(500);
  });

  test.each([
    [['--rate', '0'], 'use a number from 0.01 to 100000'],
    [['--fraud', 'arson=0.1'], 'use a share, or one of card_testing'],
    [['--out', 'x.jsonl'], '--out needs --duration'],
    [['--start', 'soon'], "--start is 'soon'"],
    [['--start', '2999-01-01'], 'in the future'],
  ])('refuses %j in words', async (args, words) => {
    const { code, stderr } = await mock(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
