import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root, run } from './support/run.mjs';

const WORKSPACES = ['proto', 'server', 'sdk', 'jobs', 'cli'];
const stampPath = join(root, 'node_modules', '.cache', 'bytebasket', 'build-stamp');

/**
 * Compiles when a source changed since the last build. A change is another set of files, sizes or times: that also
 * sees deleted files and a checkout of older ones. Without a change it costs a few hundred stat calls.
 */
export async function ensureBuilt() {
  const stamp = sourceStamp();
  if (buildFresh(stamp)) return;
  process.stderr.write('Compiling …\n');
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'cli']);
  mkdirSync(dirname(stampPath), { recursive: true });
  writeFileSync(stampPath, stamp);
}

/** Whether the last build was made from the sources as they are. */
export function buildFresh(stamp = sourceStamp()) {
  return built() && existsSync(stampPath) && readFileSync(stampPath, 'utf8') === stamp;
}

/** Whether every workspace has compiled output, whatever its age. */
function built() {
  return (
    WORKSPACES.every((name) => existsSync(join(root, name, 'dist', '.tsbuildinfo'))) &&
    existsSync(join(root, 'cli', 'dist', 'main.js'))
  );
}

/** A digest of names, sizes and times of all that the compiler reads. */
export function sourceStamp() {
  const digest = createHash('sha256').update(process.version);
  for (const name of ['tsconfig.base.json', 'package-lock.json']) add(digest, join(root, name));
  for (const name of WORKSPACES) {
    add(digest, join(root, name, 'tsconfig.json'));
    add(digest, join(root, name, 'package.json'));
    for (const folder of ['src', 'gen']) addFolder(digest, join(root, name, folder));
  }
  return digest.digest('hex');
}

function addFolder(digest, folder) {
  if (!existsSync(folder)) return;
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) addFolder(digest, path);
    else if (!entry.name.endsWith('.test.ts')) add(digest, path);
  }
}

function add(digest, path) {
  const { size, mtimeMs } = statSync(path);
  digest.update(`${path} ${size} ${mtimeMs}\n`);
}
