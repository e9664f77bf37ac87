// Generates everything under proto/gen from the proto files:
//   node scripts/generate.mjs          writes what changed and deletes what is no longer made
//   node scripts/generate.mjs --check  writes nothing, fails with the list of files that differ
import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { buildDescriptorSet, readDescriptorSet } from './contract/descriptors.mjs';
import { printDescriptors } from './contract/print-descriptors.mjs';
import { printOptions } from './contract/print-options.mjs';
import { writeValidateProto } from './contract/print-validate-proto.mjs';
import { printValidation } from './contract/print-validation.mjs';
import { GenerateError } from './contract/generate-error.mjs';
import { ROOT, buf, writeIfChanged } from './contract/tools.mjs';

const GENERATED = join(ROOT, 'proto/gen');

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** Generates into an empty folder. */
function generateInto(folder) {
  writeValidateProto();
  buf('lint');
  buf('generate', '-o', folder);
  const set = buildDescriptorSet();
  const registry = readDescriptorSet(set);
  const made = join(folder, 'proto/gen');
  writeIfChanged(join(made, 'descriptors.ts'), printDescriptors(set));
  writeIfChanged(join(made, 'options.ts'), printOptions(registry));
  writeIfChanged(join(made, 'validation.ts'), printValidation(registry));
  return made;
}

/** Compares a fresh folder with the checked-in one. */
function compare(made) {
  const fresh = filesUnder(made);
  const changed = fresh.filter((file) => {
    const kept = join(GENERATED, file);
    return !existsSync(kept) || !readFileSync(kept).equals(readFileSync(join(made, file)));
  });
  const stale = filesUnder(GENERATED).filter((file) => !fresh.includes(file));
  return { changed, stale };
}

function write(made, { changed, stale }) {
  for (const file of changed) writeIfChanged(join(GENERATED, file), readFileSync(join(made, file)));
  for (const file of stale) rmSync(join(GENERATED, file));
  console.log(`generated: ${changed.length} files written, ${stale.length} deleted`);
}

function check({ changed, stale }) {
  if (changed.length + stale.length === 0) return;
  const lines = [
    ...changed.map((file) => `differs: proto/gen/${file}`),
    ...stale.map((file) => `stale: proto/gen/${file}`),
  ];
  console.error(
    `proto/gen is not what the proto files give: run "npm run generate" and commit it\n${lines.join('\n')}`,
  );
  process.exitCode = 1;
}

const folder = mkdtempSync(join(tmpdir(), 'bytebasket-generate-'));
try {
  const made = generateInto(folder);
  const difference = compare(made);
  if (process.argv.includes('--check')) check(difference);
  else write(made, difference);
} catch (error) {
  if (!(error instanceof GenerateError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
