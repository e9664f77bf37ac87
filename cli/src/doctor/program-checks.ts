import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describeError } from '../output/describe-error.js';
import { fail, ok, warn, type Check, type Finding } from './check.js';

const NODE_MIN = [20, 19] as const;
/** What Node takes when nobody says. */
const NODE_THREADS = 4;
const require = createRequire(import.meta.url);
const repository = new URL('../../../', import.meta.url);

export const checkNode: Check = async () => {
  const version = process.versions.node;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = NODE_MIN;
  if (major > majorMin || (major === majorMin && minor >= minorMin)) return [ok('node', version)];
  return [fail('node', `${version} is too old`, `Install Node ${majorMin}.${minorMin} or newer.`)];
};

/** Loads what carries native code: a copied node_modules or another platform shows here. */
export const checkInstall: Check = async () => {
  try {
    await import('@bytebasket/server/adapters/lmdb/environment');
    return [ok('install', 'dependencies load')];
  } catch (error) {
    return [fail('install', describeError(error), 'Run `npm ci` in the repository.')];
  }
};

/** The command itself asks for enough threads; a smaller pool was set by the user. */
export const checkThreadPool: Check = async () => [threadPoolFinding(process.env)];

/** `env` as the server would be started with. */
export function threadPoolFinding(env: Readonly<Record<string, string | undefined>>): Finding {
  const { UV_THREADPOOL_SIZE: size = `${NODE_THREADS}` } = env;
  const { THREADS_MIN: min } = require('../../bin/thread-pool.cjs') as { THREADS_MIN: number };
  const detail = `UV_THREADPOOL_SIZE is ${size}`;
  if (Number.parseInt(size, 10) >= min) return ok('threads', detail);
  return warn(
    'threads',
    `${detail}, the server needs ${min}: commits may wait for each other`,
    `Unset it, or set it to ${min} or more before the server starts.`,
  );
}

/** Only in a clone: an installed package has no sources to be older than. */
export const checkBuild: Check = async () => {
  const script = new URL('scripts/ensure-built.mjs', repository);
  if (!existsSync(script)) return [ok('build', 'installed package')];
  const { buildFresh } = (await import(script.href)) as { buildFresh: () => boolean };
  if (buildFresh()) return [ok('build', 'newer than every source')];
  return [warn('build', 'sources changed since the last build', '`npm start` compiles them.')];
};

/** A clock before our own files were written is wrong for sure, and every event would be refused or misdated. */
export const checkClock: Check = async () => {
  const written = statSync(fileURLToPath(new URL('../../package.json', import.meta.url))).mtimeMs;
  const now = new Date();
  if (now.getTime() >= written) return [ok('clock', now.toISOString())];
  return [clockBehind(now, new Date(written))];
};

function clockBehind(now: Date, written: Date): Finding {
  const detail = `${now.toISOString()} lies before the program's own files (${written.toISOString()})`;
  return fail('clock', detail, 'Set the system clock (NTP).');
}
