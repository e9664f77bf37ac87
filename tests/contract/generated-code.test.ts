import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUF, ROOT, copyContract, run } from './support/contract-copy.js';

const GENERATE = 'scripts/generate.mjs';

describe('generated code', () => {
  test('is what the proto files give', () => {
    expect(run(ROOT, process.execPath, [GENERATE, '--check'])).toEqual({ status: 0, output: '' });
  });

  test('that differs, misses or is too much fails the check by name, and generating repairs it', () => {
    using copy = copyContract();
    const event = 'proto/bytebasket/event/v1';
    copy.edit(
      `${event}/cart.proto`,
      'via = 2 [(buf.validate.field).string.max_len = 64]',
      'via = 2 [(buf.validate.field).string.max_len = 65]',
    );
    copy.run('mv', `${event}/catalogue.proto`, `${event}/assortment.proto`);
    copy.edit(`${event}/event.proto`, 'event/v1/catalogue.proto', 'event/v1/assortment.proto');
    const { status, output } = copy.run(process.execPath, GENERATE, '--check');
    expect(status).toBe(1);
    expect(output).toContain('differs: proto/gen/validation.ts');
    expect(output).toContain('differs: proto/gen/bytebasket/event/v1/assortment.ts');
    expect(output).toContain('stale: proto/gen/bytebasket/event/v1/catalogue.ts');
    expect(copy.run(process.execPath, GENERATE).output).toContain('files written, 1 deleted');
    const validation = readFileSync(join(copy.folder, 'proto/gen/validation.ts'), 'utf8');
    expect(validation).toContain('longer(m.via, 65)');
  });

  test('says in its first line that it is generated', () => {
    const folder = join(ROOT, 'proto/gen');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const [first] = readFileSync(join(folder, file), 'utf8').split('\n');
      expect(first, file).toMatch(/generated .*do not edit/i);
    }
  });
});

describe('the proto files', () => {
  test('pass buf lint', () => {
    expect(run(ROOT, BUF, ['lint'])).toEqual({ status: 0, output: '' });
  });
});
