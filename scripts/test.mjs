// `npm test` and `npm run test:long`: everything that needs Node alone. With arguments (a file, -t NAME) only those tests
// run, without the checks of style. The last line is always `N passed, N failed[, N skipped]`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { CommandFailed, exitCodeOf, root, run, script } from './support/run.mjs';
import { readTally, tallyLine } from './support/tally.mjs';

const long = process.argv.includes('--long');
const args = process.argv.slice(2).filter((arg) => arg !== '--long');
const tool = (path) => join(root, 'node_modules', path);

/**
 * By suite. eslint reads all types, which takes as long as a third of all tests: what is about style stands in the longer
 * suite.
 */
const CHECKS = {
  default: [{ name: 'types', path: 'typescript/bin/tsc', args: ['-b'] }],
  long: [
    { name: 'eslint', path: 'eslint/bin/eslint.js', args: ['.', '--max-warnings=0'] },
    {
      name: 'prettier',
      path: 'prettier/bin/prettier.cjs',
      args: ['--check', '--log-level=warn', '.'],
    },
  ],
};

/** Runs the checks one after another; returns the names of those that found something. */
async function failedChecks() {
  const failed = [];
  for (const check of CHECKS[long ? 'long' : 'default']) {
    if ((await exitCodeOf(process.execPath, [tool(check.path), ...check.args])) !== 0) {
      failed.push(check.name);
    }
  }
  return failed;
}

/** Runs vitest; returns what its own report counts and whether it was content. */
async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'bytebasket-report-'));
  const report = join(folder, 'report.json');
  try {
    const code = await exitCodeOf(
      process.execPath,
      [
        tool('vitest/vitest.mjs'),
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...args,
      ],
      { env: { ...process.env, ...(long ? { BYTEBASKET_TEST_LONG: '1' } : {}) } },
    );
    return readTally(report, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs and compiles; what fails here fails the run, and the last line says so too. */
async function prepare() {
  try {
    await ensureInstalled();
    await ensureBuilt();
    await run(process.execPath, ['sdk/scripts/build-cjs.mjs']);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof CommandFailed ? error.message : error.stack}\n`);
    process.stdout.write(`${tallyLine({ passed: 0, failed: 1, skipped: 0 })}\n`);
    return false;
  }
  return true;
}

await script(async () => {
  if (!(await prepare())) return;
  // Side by side: many tests wait for a process or a disk, and leave a core to the checks meanwhile.
  const [failed, tally] = await Promise.all([args.length > 0 ? [] : failedChecks(), runTests()]);
  for (const name of failed) process.stdout.write(`check failed: ${name}\n`);
  const line = tallyLine({ ...tally, failed: tally.failed + failed.length });
  if (tally.failed + failed.length > 0) process.exitCode = 1;
  process.stdout.write(`${line}\n`);
});
