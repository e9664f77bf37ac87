import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const OWN = /(^|\/)(gen|dist|node_modules|samples|release)\/|package-lock\.json$/;
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !OWN.test(file));
const text = (file: string) => readFileSync(file, 'utf8');
const lines = (file: string) => text(file).split('\n').length - 1;
const isTest = (file: string) => /\.test\.ts$|^tests\//.test(file);
const code = files.filter((file) => /\.(ts|mjs|js)$/.test(file));

/** Lines `file:line: text` of own code that match. */
function hits(pattern: RegExp, among: readonly string[]): string[] {
  return among.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

describe('the tree', () => {
  test('has no source file over 400 lines, no test over 600, no proto over 300', () => {
    const limit = (file: string) => (file.endsWith('.proto') ? 300 : isTest(file) ? 600 : 400);
    const long = [...code, ...files.filter((file) => file.endsWith('.proto'))]
      .filter((file) => lines(file) > limit(file))
      .map((file) => `${file}: ${lines(file)}`);
    expect(long).toEqual([]);
  });

  test('keeps files small: median at most 120 lines, nine of ten at most 260', () => {
    const sizes = code
      .filter((file) => !isTest(file))
      .map(lines)
      .sort((a, b) => a - b);
    expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120);
    expect(sizes[Math.floor(sizes.length * 0.9)]).toBeLessThanOrEqual(260);
  });

  test('names its files in kebab case', () => {
    const odd = code.filter((file) => !/^[a-z0-9.-]+$/.test(file.split('/').at(-1) ?? ''));
    expect(odd).toEqual([]);
  });

  test('leaves no unfinished work, no focused and no skipped test', () => {
    const words = ['TO' + 'DO', 'FIX' + 'ME'];
    expect(hits(new RegExp(`\\b(${words.join('|')})\\b`), code)).toEqual([]);
    expect(
      hits(/\b(it|test|describe)\.(only|skip|todo)\(|retry: *[1-9]/, code.filter(isTest)),
    ).toEqual([]);
  });

  test('exports by name only', () => {
    const own = code.filter(
      (file) => file.endsWith('.ts') && !/config\.ts$|tidy\.test\.ts$/.test(file),
    );
    expect(hits(/^export (default|\*)/, own)).toEqual([]);
  });

  test('tracks no build output, key, data set or binary', () => {
    const bad = files.filter((file) =>
      /\.(jar|class|node|parquet|mdb|pem|key|wasm|tgz|zip|binpb)$|(^|\/)(dist|node_modules)\//.test(
        file,
      ),
    );
    expect(bad).toEqual([]);
  });
});

describe('the lockfile', () => {
  const lock = JSON.parse(text('package-lock.json')) as {
    packages: Record<string, { version?: string; resolved?: string }>;
  };

  test('carries no download addresses', () => {
    const remote = Object.values(lock.packages).filter((p) => /^https?:/.test(p.resolved ?? ''));
    expect(remote).toEqual([]);
  });

  // Minimum versions with the advisory that each one closes; no audit endpoint is needed to check them.
  const MINIMUM: readonly (readonly [name: string, version: string, why: string])[] = [
    [
      '@grpc/grpc-js',
      '1.14.4',
      'CVE-2026-48068, CVE-2026-48069: a malformed request ends the process',
    ],
    ['protobufjs', '7.6.3', 'CVE-2026-41242'],
    ['ts-proto', '2.12.1', 'unbounded decode recursion, prototype pollution'],
  ];

  test.each(MINIMUM)('holds %s at %s or newer (%s)', (name, version) => {
    const found = Object.entries(lock.packages).filter(([path]) =>
      path.endsWith(`node_modules/${name}`),
    );
    expect(found.length).toBeGreaterThan(0);
    for (const [path, entry] of found) {
      expect(newer(entry.version ?? '0', version), `${path} is ${String(entry.version)}`).toBe(
        true,
      );
    }
  });
});

function newer(version: string, minimum: string): boolean {
  const [a, b] = [version, minimum].map((v) => v.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (a?.[i] ?? 0) - (b?.[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
