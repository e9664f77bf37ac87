import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../support/fuzz.js';
import { fuzzProduct, wellFormed } from './fuzz.js';
import { mulberry32, testSeed } from '../support/random.js';

const seed = testSeed();

describe(`malformed requests (seed ${seed})`, () => {
  test('40,000 of them neither end the product nor fill its memory', async () => {
    const { answers, rssMiB } = await fuzzProduct(seed, { warmUp: 20_000, count: 20_000 });
    expect(answers).toBe(true);
    expect(rssMiB.end).toBeLessThan(rssMiB.early + 60);
  });

  test('10,000 of them end a server on grpc-js 1.14.3, so this suite can fail', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'bytebasket-grpc-'));
    try {
      writeFileSync(join(folder, 'package.json'), '{}');
      const install = spawnSync('npm', ['install', '--no-audit', '@grpc/grpc-js@1.14.3'], {
        cwd: folder,
      });
      if (install.status !== 0) context.skip('skipped: no registry to install grpc-js 1.14.3 from');
      copyFileSync('tests/integrity/bare-server/server.mjs', join(folder, 'server.mjs'));
      const child = spawn(process.execPath, ['server.mjs'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [port] = (await once(child.stdout, 'data')) as [Buffer];
      const target = { host: '127.0.0.1', port: Number(port), calls: wellFormed() };
      const random = mulberry32(seed);
      for (let sent = 0; sent < 10_000 && child.exitCode === null; sent += 500) {
        await fuzz(target, random, 500);
      }
      const ended = child.exitCode;
      child.kill();
      expect(ended).toBe(1);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
