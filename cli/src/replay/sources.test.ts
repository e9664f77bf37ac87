import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../../../tests/support/temp-folder.js';
import { importedEvents, spanOf, type Imported } from './imported-events.js';
import { resolveSources, type SourceOptions } from './sources.js';

const VIEWS = 'sessionId;userId;itemId;timeframe;eventdate\n';
const ORDERS = 'at,who,basket,item,n,price\n';
const MAPPING = `
time: { column: at }
anonymous_id: { column: who }
lookups: { items: { file: items.csv, key: id } }
order:
  id: { column: basket }
  product: { id: { column: item }, category: { lookup: items, key: item, column: kind } }
  quantity: { column: n }
  total: { column: price }
  currency: { constant: EUR }
`;
const live = new AbortController().signal;

let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('sources');
});
afterEach(() => folder.remove());

const file = async (name: string, content: string | Buffer) => {
  await writeFile(join(folder.path, name), content);
  return name;
};
const resolve = async (paths: readonly string[], options: Partial<SourceOptions> = {}) =>
  await resolveSources(paths, { format: 'auto', lookup: [], cwd: folder.path, ...options });
const all = async (imported: AsyncIterable<Imported>) => {
  const events: string[] = [];
  for await (const one of imported) {
    if ('bad' in one) events.push(`bad ${one.row}: ${one.bad.message}`);
    else events.push(...one.events.map((event) => event.source));
  }
  return events;
};

describe('finding what to replay', () => {
  test('takes the known files of a folder in order and tells which it leaves out', async () => {
    await mkdir(join(folder.path, 'shop', 'deeper'), { recursive: true });
    await file('shop/b.csv', VIEWS);
    await file('shop/a.csv.gz', gzipSync(VIEWS));
    await file('shop/notes.txt', 'hello\n');
    await file('shop/empty', '');
    const skipped: string[] = [];
    const sources = await resolve(['shop'], { onSkipped: (names) => skipped.push(...names) });
    expect(sources.map(({ name, importer }) => [name, importer.name])).toEqual([
      ['shop/a.csv.gz', 'diginetica'],
      ['shop/b.csv', 'diginetica'],
    ]);
    expect(skipped).toEqual(['empty', 'notes.txt']);
  });

  test('the identity is that of the content and the format, not of the name', async () => {
    await file('a.csv', `${VIEWS}1;NA;2;3;2016-05-09\n`);
    await file('b.csv', `${VIEWS}1;NA;2;3;2016-05-09\n`);
    await file('c.csv', `${VIEWS}1;NA;2;4;2016-05-09\n`);
    const [a, b, c] = await resolve(['a.csv', 'b.csv', 'c.csv']);
    expect(a?.identity).toBe(b?.identity);
    expect(a?.identity).not.toBe(c?.identity);
  });

  test('the command line’s lookup replaces that of the mapping', async () => {
    await file('m.yml', MAPPING);
    await file('items.csv', 'id,kind\n7,old\n');
    await file('other.csv', 'key,kind\n7,new\n');
    await file('orders.csv', `${ORDERS}2024-01-01,w,b-1,7,1,2.50\n`);
    const options = { mapping: 'm.yml' };
    const [own] = await resolve(['orders.csv'], options);
    expect(own?.lookups.get('items')?.get('7')).toEqual({ id: '7', kind: 'old' });
    const [given] = await resolve(['orders.csv'], { ...options, lookup: ['items=other.csv:key'] });
    expect(given?.lookups.get('items')?.get('7')).toEqual({ key: '7', kind: 'new' });
  });

  test.each<[string, Partial<SourceOptions>, readonly [string, string]]>([
    ['nowhere', {}, ['cannot read nowhere: ENOENT', 'existing']],
    ['none', {}, ['no file in none has a known format', '--mapping']],
    ['none', { format: 'rees46' }, ['--format does not go with the folder none', 'Name the files']],
    ['x.csv', {}, ['the format of', '--format NAME']],
    ['x.csv', { format: 'foo' }, ["format 'foo' is not known", 'diginetica']],
    ['x.csv', { format: 'rees46', mapping: 'm.yml' }, ['exclude each other', 'one of them']],
    ['x.csv', { mapping: 'm.yml' }, ["time.column names column 'at'", 'a, b']],
    ['cut.gz', {}, ['cannot read cut.gz: unexpected end of file', 'undamaged']],
    ['x.csv', { lookup: ['items'] }, ['--lookup items is not understood', 'name=file:key']],
    ['x.csv', { lookup: ['i=x.csv:c'] }, ["has no column 'c'", 'a, b']],
    ['x.csv', { lookup: ['i=y.csv:a'] }, ['cannot read the lookup', '--lookup']],
    ['x.csv', { mapping: 'n.yml' }, ['n.yml: ENOENT', 'docs/importers.md']],
  ])('%s with %j says what is wrong and what to do', async (path, options, [message, remedy]) => {
    await mkdir(join(folder.path, 'none'));
    await file('x.csv', 'a,b\n1,2\n');
    await file('m.yml', MAPPING);
    await file('items.csv', 'id,kind\n');
    await file('cut.gz', gzipSync(VIEWS.repeat(50)).subarray(0, 40));
    await expect(resolve([path], options)).rejects.toMatchObject({
      name: 'CliError',
      message: expect.stringContaining(message) as string,
      remedy: expect.stringContaining(remedy) as string,
    });
  });

  test('a mapping is checked against the file: format, columns and lookups', async () => {
    await file('items.csv', 'id,kind\n');
    await file('orders.csv', ORDERS);
    const wrong = async (from: string, to: string) => {
      await file('m.yml', MAPPING.replace(from, to));
      return await resolve(['orders.csv'], { mapping: 'm.yml' }).then(
        () => 'fine',
        (error: unknown) => (error as Error).message,
      );
    };
    expect(await wrong('', '')).toBe('fine');
    expect(await wrong('time:', 'format: parquet\ntime:')).toMatch(
      /format is parquet, but .* is csv/,
    );
    expect(await wrong('column: price', 'column: prize')).toContain(
      "order.total names column 'prize'",
    );
    expect(await wrong('lookup: items', 'lookup: things')).toContain(
      "order.product.category uses lookup 'things'",
    );
  });
});

describe('a pass over a source', () => {
  test('goes on after a bad row and ends with what waited for more', async () => {
    await file('m.yml', MAPPING);
    await file('items.csv', 'id,kind\n');
    const rows = ['2024-01-01,w,b-1,7,1,2.50', 'soon,w,b-1,7,1,2', '2024-01-02,w,b-2,7,0,2'];
    await file('orders.csv', `${ORDERS}${rows.join('\n')}\n`);
    const [source] = await resolve(['orders.csv'], { mapping: 'm.yml' });
    if (source === undefined) throw new Error('no source');
    const options = { currency: 'XXX', signal: live };
    const events = await all(importedEvents(source, options));
    expect(events).toEqual([
      expect.stringContaining('bad 2: at is soon'),
      expect.stringContaining('bad 3: quantity is 0'),
      'order b-1',
    ]);
  });

  test('spans what counts within the limit, and nothing when there is nothing', async () => {
    const row = (day: number) => `1;NA;2;0;2016-05-0${day}\n`;
    await file('a.csv', VIEWS + row(3) + row(1) + row(9));
    await file('b.csv', VIEWS);
    const [a, b] = await resolve(['a.csv', 'b.csv'], { format: 'diginetica' });
    if (a === undefined || b === undefined) throw new Error('no source');
    const span = async (source: typeof a, limit: number) =>
      await spanOf(source, { currency: 'XXX', signal: live, limit });
    const day = (number: number) => Date.UTC(2016, 4, number);
    expect(await span(a, 2)).toEqual({ events: 2, firstMs: day(1), lastMs: day(3) });
    expect(await span(a, Infinity)).toEqual({ events: 3, firstMs: day(1), lastMs: day(9) });
    expect(await span(b, 5)).toEqual({ events: 0, firstMs: Infinity, lastMs: -Infinity });
  });

  test('gives signals their turn while rows come without a wait', async () => {
    // One chunk of the file: its 2,400 lines come with no wait between them.
    await file('a.jsonl', '{"anonymousId":"a"}\n'.repeat(2_400));
    const [source] = await resolve(['a.jsonl'], { format: 'bytebasket' });
    if (source === undefined) throw new Error('no source');
    const stopping = new AbortController();
    let rows = 0;
    const onRow = () => {
      if (rows++ === 0) setImmediate(() => stopping.abort(new Error('enough')));
    };
    const options = { currency: 'XXX', limit: Infinity, signal: stopping.signal, onRow };
    await expect(spanOf(source, options)).rejects.toThrow('enough');
    expect(rows).toBeLessThanOrEqual(1_000);
  });

  test('names the file that turns out to be damaged', async () => {
    const whole = gzipSync(
      VIEWS +
        Array.from({ length: 9_000 }, (_, at) => `${at};NA;${at * 7};0;2016-05-03\n`).join(''),
    );
    await file('cut.gz', whole.subarray(0, whole.length - 2_000));
    const [source] = await resolve(['cut.gz']);
    if (source === undefined) throw new Error('no source');
    await expect(all(importedEvents(source, { currency: 'XXX', signal: live }))).rejects.toThrow(
      'cannot read cut.gz: unexpected end of file',
    );
  });
});
