import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programFor } from '../../cli/src/run.js';
import { cliContext } from '../support/cli-context.js';
import { startUp, type CliProcess } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
const readme = readFileSync('README.md', 'utf8');

/** The command of the README that begins with `start`, continued lines joined. */
function command(start: string): string {
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  const lines = blocks.flatMap((block) => block.replace(/ \\\n\s*/g, ' ').split('\n'));
  const found = lines.find((line) => line.startsWith(start));
  if (found === undefined) throw new Error(`the README has no command ${start}`);
  return found;
}

describe('the README, typed in as it stands', () => {
  let folder: TempFolder;
  let product: CliProcess & { readonly announced: { readonly endpoint: string } };
  beforeAll(async () => {
    folder = await tempFolder('readme');
    product = await startUp(folder.path, {});
  });
  afterAll(async () => {
    await product.ended('SIGTERM');
    await folder.remove();
  });

  /** Runs a line in a shell; only the address is another one than the README's. */
  const shell = async (line: string): Promise<string> => {
    const { endpoint } = product.announced;
    const { stdout } = await run('bash', ['-c', line.replaceAll('localhost:50051', endpoint)], {
      env: { ...process.env, BYTEBASKET_ENDPOINT: endpoint, NO_COLOR: '1' },
    });
    return stdout;
  };
  // npx would start npm for each look: this starts what it would run.
  const again = (line: string) =>
    shell(line.replace('npx bytebasket', 'node cli/bin/bytebasket.cjs'));
  const counted = async () => {
    const watch = await again(`${command('npx bytebasket watch metrics')} --once`);
    return /^product_views +(\d+)/m.exec(watch)?.[1];
  };

  test('publishes, watches and asks without proto files', async () => {
    expect(await shell(command("echo '{"))).toMatch(
      /^1: [0-9a-f-]{36} accepted at user-activity\/\d\/0\n$/,
    );
    await expect.poll(counted, { timeout: 10_000 }).toBe('1');
    const answer = JSON.parse(await shell(command('npx buf curl'))) as { points: unknown[] };
    expect(answer.points).toMatchObject([{ metric: 'product_views', count: '1' }]);
  });

  test('makes a key that the product takes', async () => {
    const file = join(folder.path, 'keys.json');
    const line = command('npx bytebasket keys create').replace('keys.json', file);
    expect(await shell(line)).toMatch(/^bb_\S+\n$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      keys: [{ client: 'web-shop', scopes: ['events:write', 'metrics:read'] }],
    });
  });

  test('names only flags that the commands have', async () => {
    const flags = new Map<string, Set<string>>();
    for (const line of readme.match(/npx bytebasket [^`#|\n]+/g) ?? []) {
      const words = line.replace('npx bytebasket ', '').split(/\s+/);
      const names = words
        .filter((word) => /^[a-z]+$/.test(word))
        .slice(0, ['keys', 'alerts', 'evaluate', 'watch'].includes(words[0] ?? '') ? 2 : 1)
        .join(' ');
      const known = flags.get(names) ?? new Set();
      for (const word of words) if (word.startsWith('--')) known.add(word);
      flags.set(names, known);
    }
    for (const [names, used] of flags) {
      const [command = '', ...rest] = names.split(' ');
      const program = await programFor([command], cliContext());
      const found = [command, ...rest].reduce<Command | undefined>(
        (parent, name) => parent?.commands.find((one) => one.name() === name),
        program,
      );
      expect(found, names).toBeDefined();
      const help = found?.helpInformation() ?? '';
      for (const flag of used) expect(help).toContain(flag);
    }
  });

  test('shows a program that runs', async () => {
    const [code = '', more = ''] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, block]) => block,
    );
    const once = code
      .replace('http://localhost:50051', `http://${product.announced.endpoint}`)
      .replace(/console\.log\((.*)\);/, '{ console.log($1); break; }');
    const file = join(process.cwd(), 'node_modules/.cache/readme-program.mjs');
    writeFileSync(file, `${once}\n${more}\nawait bb.close();\n`);
    const { stdout } = await run(process.execPath, [file]);
    expect(stdout).toMatch(/^product_views \{ kind: 'count', count: \d+ \}/);
    expect(stdout).toMatch(/^allow 0 \[\]$/m);
  });

  test('runs a shop whose alerts can be listed, looked at and resolved', async () => {
    const mock = command('npx bytebasket mock --rate').replace('--fraud 0.05', '--fraud 0.2');
    const sent = await shell(`${mock} --duration 3s --speed 1200 --conversion 0.5 2>&1`);
    expect(sent).toMatch(/ 0 rejected/);
    const list = () => again(`${command('npx bytebasket alerts list')} --json`);
    await expect.poll(list, { timeout: 10_000 }).not.toBe('');
    const [first = ''] = (await list()).split('\n');
    const { alertId } = JSON.parse(first) as { alertId: string };
    expect(await again(`npx bytebasket alerts get ${alertId}`)).toContain(alertId);
    const resolve = command('npx bytebasket alerts resolve').replace(' ID ', ` ${alertId} `);
    expect(await shell(resolve)).toMatch(/confirmed/);
    expect(await again(`npx bytebasket alerts get ${alertId}`)).toContain('card was stolen');
  });

  test('recommends something, and says why', async () => {
    const answer = await shell(command('npx bytebasket recommend'));
    expect(answer).toMatch(/many look at it now|because you viewed/);
  });
});
