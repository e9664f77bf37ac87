import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
interface TallyModule {
  readTally(path: string, exitCode: number): Tally;
  tallyLine(tally: Tally): string;
}
interface InstallModule {
  installedAsLocked(lock: unknown): boolean;
  lockComplete(lock: unknown): boolean;
}

const script = async <T>(path: string): Promise<T> =>
  (await import(new URL(`../../scripts/${path}`, import.meta.url).href)) as T;

describe('the scripts behind npm start and npm test', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('scripts');
  });
  afterEach(() => folder.remove());

  const tallyOf = async (report: object, exitCode: number): Promise<string> => {
    const { readTally, tallyLine } = await script<TallyModule>('support/tally.mjs');
    const path = join(folder.path, 'report.json');
    await writeFile(path, JSON.stringify(report));
    return tallyLine(readTally(path, exitCode));
  };
  const report = (files: readonly object[] = []) => ({
    numPassedTests: 7,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: files,
  });

  test('the last line counts what passed, failed and was skipped', async () => {
    expect(await tallyOf(report(), 0)).toBe('7 passed, 0 failed');
    expect(await tallyOf({ ...report(), numPendingTests: 2 }, 0)).toBe(
      '7 passed, 0 failed, 2 skipped',
    );
    expect(await tallyOf({ ...report(), numFailedTests: 1 }, 1)).toBe('7 passed, 1 failed');
  });

  test('a file that cannot be loaded, a late error and a missing report are failures', async () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(await tallyOf(report([broken]), 1)).toBe('7 passed, 1 failed');
    const both = { ...report([broken]), numFailedTests: 1 };
    expect(await tallyOf(both, 1)).toBe('7 passed, 2 failed');
    expect(await tallyOf(report(), 1)).toBe('7 passed, 1 failed');
    const { readTally } = await script<TallyModule>('support/tally.mjs');
    const absent = readTally(join(folder.path, 'none.json'), 1);
    expect(absent).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  test('an install counts only with every package of the lock in its version', async () => {
    const { installedAsLocked } = await script<InstallModule>('ensure-installed.mjs');
    const lock = (version: string, optional = false) => ({
      packages: { '': {}, 'node_modules/commander': { version, optional } },
    });
    expect(installedAsLocked(lock('14.0.3'))).toBe(true);
    expect(installedAsLocked(lock('0.0.1'))).toBe(false);
    // Optional packages are for other platforms.
    expect(installedAsLocked(lock('0.0.1', true))).toBe(true);
  });

  test('a lock without the packages of other platforms is told from a complete one', async () => {
    const { lockComplete } = await script<InstallModule>('ensure-installed.mjs');
    const packages = { 'node_modules/a': { optionalDependencies: { 'a-arm': '1.0.0' } } };
    expect(lockComplete({ packages })).toBe(false);
    const nested = { ...packages, 'node_modules/a/node_modules/a-arm': { version: '1.0.0' } };
    expect(lockComplete({ packages: nested })).toBe(true);
  });
});
