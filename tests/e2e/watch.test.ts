import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { startEmbedded, type Embedded } from '@bytebasket/cli/embedded';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { registerReplay } from '../../cli/src/commands/replay.js';
import { registerWatch } from '../../cli/src/commands/watch.js';
import { runCommand } from '../support/cli-context.js';
import { runCli } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const DATA = resolve(process.env['BYTEBASKET_DATA'] ?? '../shared/data', 'clickstream');

let folder: TempFolder;
let server: Embedded;
beforeAll(async () => {
  folder = await tempFolder('watch');
  server = await startEmbedded({ dataFolder: join(folder.path, 'data') });
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

const to = () => ['--endpoint', server.endpoint];
const watch = async (...args: readonly string[]) =>
  await runCommand(registerWatch, ['watch', 'metrics', ...args, '--once', ...to()]);
const replay = async (path: string, ...args: readonly string[]) => {
  const all = ['replay', path, '--speed', 'max', '--json', ...args, ...to()];
  const { stdout } = await runCommand(registerReplay, all, { cwd: folder.path });
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** Sums of today's windows by metric and split, so that midnight does not matter. */
async function today(...args: readonly string[]): Promise<Record<string, number>> {
  const { stdout } = await watch(...args, '--json', '--resolution', '1d');
  const sums: Record<string, number> = {};
  for (const line of stdout.split('\n').filter((text) => text !== '')) {
    const { metric, dimensionValue, value } = JSON.parse(line) as {
      metric: string;
      dimensionValue: string;
      value: { count?: number; money?: { amount: string } };
    };
    const name = dimensionValue === '' ? metric : `${metric} ${dimensionValue}`;
    sums[name] = (sums[name] ?? 0) + (value.count ?? Number(value.money?.amount));
  }
  return sums;
}

describe('bytebasket watch metrics', () => {
  test('shows exactly what was replayed, by category too, as lines and as a board', async () => {
    const line = (kind: string, item: number, category: string) =>
      `2024-01-01 00:00:00 UTC,${kind},${item},9,${category},acme,2.25,1,s-1`;
    const views = Array.from({ length: 7 }, (_, at) => line('view', at, at < 5 ? 'toys' : 'books'));
    const head =
      'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session';
    const rows = [head, ...views, line('cart', 1, 'toys'), line('purchase', 1, 'toys')];
    await writeFile(join(folder.path, 'shop.csv'), rows.join('\n'));
    expect(await replay('shop.csv', '--currency', 'CHF')).toMatchObject({ accepted: 9 });
    const names = ['product_views', 'cart_adds', 'orders', 'items_sold', 'revenue'];
    await vi.waitFor(
      async () => {
        expect(await today(...names)).toEqual({
          ...{ product_views: 7, cart_adds: 1, orders: 1, items_sold: 1, revenue: 2.25 },
        });
        expect(await today('product_views', '--by', 'category')).toEqual({
          ...{ 'product_views toys': 5, 'product_views books': 2 },
        });
        expect(
          await today('product_views', '--by', 'category', '--value', 'books', '--value', 'none'),
        ).toEqual({ 'product_views books': 2 });
      },
      { timeout: 8_000, interval: 100 },
    );
    const { stdout } = await watch(...names, '--resolution', '1d');
    expect(stdout).toMatch(/^windows of 1 day, .*\n\nmetric .*\nproduct_views +7 /);
    expect(stdout).toMatch(/\nrevenue +2\.25 CHF /);
  });

  test('names the metric that was meant, with exit code 2', async () => {
    expect(await watch('product_view')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean 'product_views'?") as string,
    });
  });

  test('says which flags need each other', async () => {
    const { code, stderr } = await watch('--value', 'DE');
    expect([code, stderr]).toEqual([2, expect.stringContaining('--value needs --by')]);
    const bare = await watch('--by', 'country');
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining('needs metric names')]);
  });

  test('runs as a program of its own', async () => {
    const args = ['watch', 'metrics', 'product_views', '--once', '--resolution', '1d', ...to()];
    const { code, stdout, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/\nproduct_views +\d+ /);
  });
});

describe.skipIf(!existsSync(DATA))(
  `real files (skipped where BYTEBASKET_DATA/clickstream is absent: ${DATA})`,
  () => {
    test('the folder is replayed with its views, orders and second tables', async () => {
      const before = await today('product_views', 'orders');
      const counts = await replay(DATA, '--limit', '300');
      expect(counts).toMatchObject({ accepted: 600, rejected: 0, unanswered: 0 });
      expect(counts['notes']).toContain(
        'skipped, of no known format: diginetica_categories.parquet, retail_products.parquet',
      );
      await vi.waitFor(
        async () => {
          const now = await today('product_views', 'orders');
          const grown = (name: string) => (now[name] ?? 0) - (before[name] ?? 0);
          expect([grown('product_views'), grown('orders')]).toEqual([300, 300]);
        },
        { timeout: 8_000, interval: 100 },
      );
    });
  },
);
