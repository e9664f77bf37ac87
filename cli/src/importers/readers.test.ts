import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliError } from '../output/cli-error.js';
import { readLookup } from './lookups.js';
import { mappingImporter } from './mapping.js';
import { readMapping } from './mapping-schema.js';
import { detectImporter, importerNamed } from './registry.js';
import { inspectFile, rowsOf } from './rows-of.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bytebasket-readers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Rows as read, errors as `number: message`. */
async function read(path: string, headerless?: (columns: number) => readonly string[] | undefined) {
  const rows: unknown[] = [];
  const options = headerless === undefined ? {} : { headerless };
  for await (const got of rowsOf(await inspectFile(path), options)) {
    rows.push('error' in got ? `${got.number}: ${got.error.message}` : got.row);
  }
  return rows;
}

describe('reading a table', () => {
  test('finds the delimiter, strips the byte order mark and keeps quoted delimiters', async () => {
    const path = file('a.csv', '\uFEFFid;name\n1;"x;y"\n2;z\n');
    expect(await read(path)).toEqual([
      { id: '1', name: 'x;y' },
      { id: '2', name: 'z' },
    ]);
  });

  test('tells gzip by its bytes, whatever the name says', async () => {
    const path = file('b.csv', gzipSync('id,name\n1,a\n'));
    expect(await read(path)).toEqual([{ id: '1', name: 'a' }]);
  });

  test('reports a row with a wrong number of fields and goes on', async () => {
    const path = file('c.csv', 'id,name\n1\n2,b\n');
    expect(await read(path)).toEqual([
      '1: row has 1 fields where 2 are expected: check quotes and delimiter',
      { id: '2', name: 'b' },
    ]);
  });

  test('takes names from the format where the file has none', async () => {
    const path = file('d.csv', '1,2014-04-07T10:51:09.277Z,214536502,0\n');
    expect(await read(path, () => ['a', 'b', 'c', 'd'])).toEqual([
      { a: '1', b: '2014-04-07T10:51:09.277Z', c: '214536502', d: '0' },
    ]);
    expect(detectImporter(await inspectFile(path))?.name).toBe('yoochoose');
  });

  test('reports lines that are no JSON object and goes on', async () => {
    const path = file('e.jsonl', '{"a":1}\nnope\n[2]\n\n{"a":3}\n');
    const rows = await read(path);
    expect(rows[0]).toEqual({ a: 1 });
    expect(rows[1]).toMatch(/^2: line is not JSON/);
    expect(rows[2]).toBe('3: line is not a JSON object: one object a line is needed');
    expect(rows[3]).toEqual({ a: 3 });
  });

  test('fails on a gzip file that ends too early, as the whole file is damaged', async () => {
    const path = file('f.csv.gz', gzipSync(`id,name\n${'1,a\n'.repeat(20_000)}`).subarray(0, 60));
    await expect(read(path)).rejects.toThrow('unexpected end of file');
  });
});

describe('a mapping file', () => {
  const orders = `
time: { column: at, format: unix-s }
anonymous_id: { column: who }
lookups:
  items: { file: items.csv, key: id }
order:
  id: { column: basket }
  product: { id: { column: item }, category: { lookup: items, key: item, column: kind } }
  quantity: { column: n }
  total: { column: price }
  currency: { constant: EUR }
  subtract: [{ column: coupon }]
`;

  test('gathers lines into orders with looked-up categories, also for unknown products', async () => {
    const mapping = await readMapping(file('orders.yml', orders));
    const items = await readLookup(file('items.csv', 'id,kind\n7,Fresh Fruit\n'), 'id');
    const pass = mappingImporter('orders', mapping).open({
      currency: 'XXX',
      lookups: new Map([['items', items]]),
    });
    const line = (item: string, price: number) => ({
      number: 1,
      row: { at: 1_700_000_000, who: 'w', basket: 5n, item, n: 1, price, coupon: 0.05 },
    });
    expect(pass.row(line('7', 0.3))).toEqual([]);
    expect(pass.row(line('8', 0.1 + 0.2))).toEqual([]);
    const [order] = pass.end();
    expect(order?.event.payload?.value).toMatchObject({
      orderId: '5',
      total: { currencyCode: 'EUR', units: 0n, nanos: 500_000_000 },
      lines: [{ product: { categoryId: 'Fresh_Fruit' } }, { product: { categoryId: '' } }],
    });
    expect(() => pass.row(line('7', 0.01))).toThrow('total is below 0: returns are no orders');
  });

  test('makes one event per row and takes only the rows asked for', async () => {
    const mapping = await readMapping(
      file(
        'views.yml',
        `
time: { column: at }
anonymous_id: { column: who }
where: { column: kind, in: [view] }
event:
  payload: product_viewed
  fields: { product.product_id: { column: item } }
`,
      ),
    );
    const pass = mappingImporter('views', mapping).open({ currency: 'XXX', lookups: new Map() });
    const row = { at: '2024-01-01 10:00:00', who: 'w', kind: 'view', item: 'p-1' };
    const [event] = pass.row({ number: 1, row });
    expect(event?.event.payload).toMatchObject({
      $case: 'productViewed',
      value: { product: { productId: 'p-1' } },
    });
    expect(pass.row({ number: 2, row: { ...row, kind: 'buy' } })).toEqual([]);
  });

  test.each([
    [
      'time: { column: at }\nanonymous_id: { column: who }\n',
      'exactly one of `event` and `order` is needed',
    ],
    [`${orders}\ncolour: red\n`, 'Unrecognized key'],
    [orders.replace('unix-s', 'unix'), 'time.format'],
    ['time: [', 'mapping'],
  ])('is refused with the file and the key (%#)', async (content, message) => {
    const path = file('bad.yml', content);
    await expect(readMapping(path)).rejects.toThrow(CliError);
    await expect(readMapping(path)).rejects.toThrow(path);
    await expect(readMapping(path)).rejects.toThrow(message);
  });
});

describe('choosing a format', () => {
  test.each([
    ['sessionId;userId;itemId;timeframe;eventdate\n', 'diginetica'],
    ['timestamp,visitorid,event,itemid,transactionid\n', 'retailrocket'],
    [
      'event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n',
      'rees46',
    ],
    ['{"type":"track","anonymousId":"a","properties":{}}\n', 'segment'],
    ['{"eventId":"x","anonymousId":"a"}\n', 'bytebasket'],
  ])('tells %j by its columns', async (head, name) => {
    expect(detectImporter(await inspectFile(file('head', head)))?.name).toBe(name);
  });

  test('does not guess', async () => {
    expect(detectImporter(await inspectFile(file('head', 'a,b,c\n1,2,3\n')))).toBeUndefined();
    expect(() => importerNamed('foo')).toThrow("format 'foo' is not known");
  });
});
