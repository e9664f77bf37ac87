import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { errorTableMarkdown } from '@bytebasket/server/gateway/error-table';
import { describe, expect, test } from 'vitest';
import { configMarkdown } from '../../cli/src/config/show.js';

const DOCUMENTS = ['README.md', 'CONTRIBUTING.md', 'docs/importers.md'];
const readme = readFileSync('README.md', 'utf8');

function between(name: string): string | undefined {
  return new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)<!-- /${name} -->`).exec(readme)?.[1]?.trim();
}

describe('the README', () => {
  test('holds the settings as the program has them (npm run readme writes them)', () => {
    expect(between('settings')).toBe(configMarkdown().trim());
  });

  test('holds the errors as the gateway has them (npm run readme writes them)', () => {
    expect(between('errors')).toBe(errorTableMarkdown().trim());
  });

  test('names only scripts and commands that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      scripts: Record<string, string>;
    };
    const text = DOCUMENTS.map((file) => readFileSync(file, 'utf8')).join('\n');
    const named = [...text.matchAll(/npm (?:run )?([a-z:]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
    const commands = readdirSync('cli/src/commands').map((file) => file.replace(/\.ts$/, ''));
    const used = [...text.matchAll(/(?:npx )?bytebasket ([a-z]+)/g)].map((match) => match[1] ?? '');
    expect(used.filter((name) => name !== 'command' && !commands.includes(name))).toEqual([]);
  });

  test('links only to files that exist', () => {
    for (const file of DOCUMENTS) {
      const folder = file.includes('/') ? `${file.slice(0, file.lastIndexOf('/'))}/` : '';
      const links = [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)];
      const missing = links
        .map((link) => `${folder}${link[1] ?? ''}`)
        .filter((link) => !existsSync(link));
      expect(missing, file).toEqual([]);
    }
  });

  test('names only suites that exist', () => {
    const suites = [...readme.matchAll(/`tests\/([a-z]+)\/([a-z-]+)(\*?)`/g)];
    expect(suites.length).toBeGreaterThan(3);
    const missing = suites.filter(
      ([, folder = '', name = '']) =>
        !readdirSync(`tests/${folder}`).some((file) => file.startsWith(name)),
    );
    expect(missing.map(([whole]) => whole)).toEqual([]);
  });
});
