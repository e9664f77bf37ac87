import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../cli/src/importers/rows-of.js';
import { resolveSources } from '../../cli/src/replay/sources.js';

const DATA = resolve(process.env['BYTEBASKET_DATA'] ?? '../shared/data', 'clickstream');

describe.skipIf(!existsSync(DATA))(
  `the shipped mapping (skipped where BYTEBASKET_DATA/clickstream is absent: ${DATA})`,
  () => {
    test('makes orders of purchases, also of the 13 products that have no row', async () => {
      const options = { format: 'auto', lookup: [], cwd: DATA };
      const [source] = await resolveSources(['retail_purchases.parquet'], options);
      const products = source?.lookups.get('products');
      if (source === undefined || products === undefined) throw new Error('not found');
      const unknown = new Map<string, Readonly<Record<string, unknown>>>();
      let rows = 0;
      for await (const read of rowsOf(source.file, source.importer)) {
        if ('error' in read) throw read.error;
        rows++;
        const product = String(read.row['product_id']);
        if (!products.has(product)) unknown.set(product, read.row);
      }
      expect([rows, unknown.size]).toEqual([362_683, 13]);
      const pass = source.importer.open({ currency: 'XXX', lookups: source.lookups });
      const orders = [...unknown.values()].flatMap((row, at) => {
        // Some of them are only in lines that are no sale.
        const complete = { ...row, quantity: 1, sales_value: 2, coupon_disc: 0, basket_id: at + 1 };
        return pass.row({ number: at + 1, row: complete });
      });
      const made = [...orders, ...pass.end()];
      expect(made).toHaveLength(13);
      for (const { event } of made) {
        expect(event.payload?.value).toMatchObject({
          total: { currencyCode: 'USD' },
          lines: [{ product: { categoryId: '', brand: '', name: '' } }],
        });
      }
    });
  },
);
