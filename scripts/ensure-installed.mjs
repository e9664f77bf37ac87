import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './support/run.mjs';

const lockPath = join(root, 'package-lock.json');
const stampPath = join(root, 'node_modules', '.bytebasket-install');

/** Installs when what is installed is not what package-lock.json says; otherwise costs a few milliseconds. */
export async function ensureInstalled() {
  const lock = readFileSync(lockPath);
  const stamp = createHash('sha256').update(lock).digest('hex');
  if (readText(stampPath) === stamp) return;
  const packages = JSON.parse(lock.toString('utf8'));
  if (!installedAsLocked(packages)) await install(packages);
  writeFileSync(stampPath, stamp);
}

/**
 * `npm ci` refuses a lock that leaves out optional packages for other platforms, as npm writes it against a registry
 * that does not have them. `npm install --no-save` takes the same versions and leaves the lock as it is.
 */
async function install(lock) {
  const command = lockComplete(lock) ? ['ci'] : ['install', '--no-save'];
  process.stderr.write(`Installing what package-lock.json lists (npm ${command.join(' ')}) …\n`);
  await runNpm([...command, '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Whether every optional package that a listed one names is listed too. */
export function lockComplete({ packages }) {
  const listed = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  return Object.values(packages).every(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies).every((name) => listed.has(name)),
  );
}

/** Whether somebody installed exactly these versions already, by npm's own list of what it installed. */
export function installedAsLocked(lock) {
  const text = readText(join(root, 'node_modules', '.package-lock.json'));
  if (text === undefined) return false;
  const installed = JSON.parse(text).packages;
  return Object.entries(lock.packages).every(([path, wanted]) => {
    // Optional packages are for other platforms; the root itself is not on npm's list.
    if (path === '' || wanted.optional === true || wanted.devOptional === true) return true;
    return installed[path]?.version === wanted.version && existsSync(join(root, path));
  });
}

/** npm tells its children where it is; a plain `node scripts/start.cjs` finds it on the PATH. */
function runNpm(args) {
  const npm = process.env['npm_execpath'];
  if (npm !== undefined && /npm-cli\.c?js$/.test(npm)) return run(process.execPath, [npm, ...args]);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}

function readText(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
