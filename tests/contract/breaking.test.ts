import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUF, ROOT, copyContract, run } from './support/contract-copy.js';

const releases = readdirSync(join(ROOT, 'proto/release'));
const image = (release: string): string => join(ROOT, 'proto/release', release);
const manifest = readFileSync(join(ROOT, 'proto/package.json'), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };

/** Changes that an older client would notice, and what buf says. */
const BREAKS = [
  {
    name: 'a removed field',
    file: 'event/v1/cart.proto',
    from: '  string via = 2 [(buf.validate.field).string.max_len = 64];',
    to: '',
    said: 'was deleted',
  },
  {
    name: 'a changed type',
    file: 'metrics/v1/metric.proto',
    from: 'bool approximate = 6;',
    to: 'string approximate = 6;',
    said: 'changed type',
  },
  {
    name: 'a renumbered field',
    file: 'ingest/v1/ingest_service.proto',
    from: 'int64 offset = 3;',
    to: 'int64 offset = 4;',
    said: 'was deleted',
  },
  {
    name: 'a removed method',
    file: 'metrics/v1/metrics_service.proto',
    from: 'rpc ListMetrics(',
    to: 'rpc ListAllMetrics(',
    said: 'was deleted',
  },
];

describe('the contract of a release', () => {
  test('is kept for the version that the package carries', () => {
    expect(releases).toContain(`v${version}.json`);
  });

  test.each(releases)('%s still holds', (release) => {
    const outcome = run(ROOT, BUF, ['breaking', 'proto', '--against', image(release)]);
    expect(outcome).toEqual({ status: 0, output: '' });
  });

  test.each(BREAKS)('catches $name', ({ file, from, to, said }) => {
    using copy = copyContract();
    copy.edit(`proto/bytebasket/${file}`, from, to);
    const against = image(`v${version}.json`);
    const outcome = copy.run(BUF, 'breaking', 'proto', '--against', against);
    expect(outcome.output).toContain(said);
    expect(outcome.status).toBe(100);
  });
});
