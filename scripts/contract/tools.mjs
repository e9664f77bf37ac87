// Runs buf, and writes files only when their content changes (others may read them at the same moment).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { GenerateError } from './generate-error.mjs';

export const ROOT = resolve(import.meta.dirname, '../..');

/** Runs buf in the repository and returns its output; a failure carries buf's own words. */
export function buf(...args) {
  try {
    return execFileSync(resolve(ROOT, 'node_modules/.bin/buf'), args, {
      cwd: ROOT,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (cause) {
    const said = `${cause.stdout ?? ''}${cause.stderr ?? ''}`.trim();
    throw new GenerateError(`buf ${args.join(' ')}`, said || cause.message);
  }
}

/** Writes a file if its content differs; says whether it did. A reader never sees half a file. */
export function writeIfChanged(path, content) {
  const bytes = Buffer.from(content);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return false;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
  return true;
}
