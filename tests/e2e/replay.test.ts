import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded, type Embedded } from '@bytebasket/cli/embedded';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerReplay } from '../../cli/src/commands/replay.js';
import { runCommand } from '../support/cli-context.js';
import { runCli, startUp } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

interface Counts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly badRows: number;
}

/** A shop's minute: views, cart additions and one purchase of two lines in one session each second. */
function shopFile(startMs: number): string {
  const head =
    'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';
  const rows = Array.from({ length: 20 }, (_, at) => {
    const time = new Date(startMs + at * 1000).toISOString().replace('T', ' ').slice(0, 19);
    const row = (kind: string, product: number, price: string) =>
      `${time} UTC,${kind},${product},9,toys.cars,acme,${price},${at % 5},s-${at}`;
    return [
      row('view', at, '1.10'),
      row('cart', at, '1.10'),
      row('purchase', 1, '0.10'),
      row('purchase', 2, '0.20'),
    ];
  });
  return [head, ...rows.flat(), 'soon,view,1,9,a,b,1,1,s-1', ''].join('\n');
}

describe('bytebasket replay', () => {
  let folder: TempFolder;
  let server: Embedded;
  let files = 0;
  beforeAll(async () => {
    folder = await tempFolder('replay');
    server = await startEmbedded({ dataFolder: join(folder.path, 'data') });
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });

  /** Writes a file whose events no other test sends. */
  const shop = async () => {
    const name = `shop-${files++}.csv`;
    await writeFile(join(folder.path, name), shopFile(Date.now() - 30_000 - files * 3_600_000));
    return name;
  };
  const run = async (name: string, ...args: readonly string[]) => {
    const to = ['--endpoint', server.endpoint, '--speed', 'max'];
    return await runCommand(registerReplay, ['replay', name, ...to, ...args], { cwd: folder.path });
  };
  const counts = async (name: string, ...args: readonly string[]) =>
    JSON.parse((await run(name, '--json', ...args)).stdout) as Counts;

  test('a repeat with the original times, or the same shift, is duplicates only', async () => {
    const file = await shop();
    const fresh = { accepted: 60, duplicates: 0, rejected: 0, unanswered: 0, badRows: 1 };
    const again = { ...fresh, accepted: 0, duplicates: 60 };
    expect(await counts(file, '--times', 'original')).toMatchObject(fresh);
    expect(await counts(file, '--times', 'original')).toMatchObject(again);
    expect(await counts(file, '--times', 'shift', '--shift', '-1s')).toMatchObject(fresh);
    expect(await counts(file, '--times', 'shift', '--shift', '-1s')).toMatchObject(again);
  });

  test('live replays are new each time; --limit takes the first events', async () => {
    const file = await shop();
    expect(await counts(file, '--limit', '7')).toMatchObject({ accepted: 7, duplicates: 0 });
    expect(await counts(file, '--limit', '7')).toMatchObject({ accepted: 7, duplicates: 0 });
    const first = await counts(file, '--limit', '7', '--times', 'original');
    expect(first).toMatchObject({ accepted: 7, duplicates: 0 });
    expect(await counts(file, '--times', 'original')).toMatchObject({
      accepted: 53,
      duplicates: 7,
    });
  });

  test('lists bad rows and writes them; --strict stops at the first with exit code 1', async () => {
    const file = await shop();
    const loose = await run(file, '--bad-rows', 'bad.txt');
    expect([loose.code, loose.stdout]).toEqual([
      0,
      expect.stringMatching(
        /^shop-\d+\.csv: row 81: event_time is soon.*\n60 events: 60 accepted, .*1 bad rows\n$/,
      ),
    ]);
    expect(await readFile(join(folder.path, 'bad.txt'), 'utf8')).toMatch(
      /^shop-\d+\.csv: row 81: .*\n$/,
    );
    const strict = await run(file, '--strict');
    expect([strict.code, strict.stderr]).toEqual([
      1,
      expect.stringMatching(
        /stopped at the first bad row: shop-\d+\.csv: row 81: .*\n {2}Mend the row/,
      ),
    ]);
    const unwritable = await run(file, '--bad-rows', 'no/such/folder.txt');
    expect([unwritable.code, unwritable.stdout]).toEqual([1, '']);
    expect(unwritable.stderr).toContain('cannot write --bad-rows');
  });

  test('exit code 1 and the reason when the server refuses events', async () => {
    const file = await shop();
    const { code, stdout } = await run(file, '--times', 'shift', '--shift', '400d');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /60 events: 0 accepted, 0 duplicates, 60 rejected \(60 [A-Z_]+\), 1 bad/,
    );
    expect(stdout).toContain('… 40 more rejected events');
  });

  test('Ctrl-C ends it soon, with the counts so far and exit code 1', async () => {
    const args = ['replay', await shop(), '--endpoint', server.endpoint, '--speed', '1', '--json'];
    const signal = AbortSignal.timeout(1_500);
    const startMs = performance.now();
    const { code, stdout } = await runCommand(registerReplay, args, { cwd: folder.path, signal });
    expect(performance.now() - startMs).toBeLessThan(6_000);
    const { events, accepted, notes } = JSON.parse(stdout) as Record<string, number> & {
      notes: string[];
    };
    expect([code, notes, accepted]).toEqual([1, ['interrupted before the end'], events]);
    expect(events).toBeGreaterThanOrEqual(2);
    expect(events).toBeLessThan(60);
  });

  test.each([
    [['--shift', '3d'], '--shift needs --times shift'],
    [['--times', 'shift', '--shift', 'tomorrow'], "--shift is 'tomorrow'"],
    [['--duration', '5s'], '--duration needs --speed auto'],
    [['--currency', 'euro'], 'three capitals'],
    [['--limit', '0'], 'whole number above 0'],
  ])('refuses %j as a mistake of the call', async (args, message) => {
    const { code, stderr } = await run('any.csv', ...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('bytebasket replay of a server that asks for keys', () => {
  test('says that the key is wrong and where one comes from', async () => {
    const folder = await tempFolder('replay-keys');
    const keys = { BYTEBASKET_KEYS_FILE: join(folder.path, 'keys.json') };
    try {
      await runCli(['keys', 'create', 'shop'], { env: keys });
      await writeFile(join(folder.path, 'shop.csv'), shopFile(Date.now()));
      const up = await startUp(join(folder.path, 'data'), { env: keys });
      const to = ['--endpoint', up.announced.endpoint, '--key', `bb_${'x'.repeat(32)}`];
      const [replay, watch] = await Promise.all([
        runCli(['replay', 'shop.csv', '--speed', 'max', ...to], { cwd: folder.path }),
        runCli(['watch', 'metrics', ...to]),
      ]);
      await up.ended('SIGKILL');
      for (const { code, stderr } of [replay, watch]) {
        expect([code, stderr]).toEqual([1, expect.stringContaining('Give a key with --key')]);
      }
    } finally {
      await folder.remove();
    }
  });
});
