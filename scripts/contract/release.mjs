// Keeps the contract of a release as proto/release/v<version>.json, for `buf breaking` to compare against:
//   node scripts/contract/release.mjs
// The version is that of proto/package.json. An image that is there already is never replaced.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GenerateError } from './generate-error.mjs';
import { writeValidateProto } from './print-validate-proto.mjs';
import { ROOT, buf, writeIfChanged } from './tools.mjs';

/** Builds the image as JSON with one file of the contract per line, so that differences can be read. */
function buildImage() {
  writeValidateProto();
  const args = ['--path', 'proto/bytebasket', '--exclude-source-info'];
  const image = JSON.parse(buf('build', ...args, '-o', '-#format=json').toString());
  const lines = image.file.map((file) => JSON.stringify(file));
  return `{"file":[\n${lines.join(',\n')}\n]}\n`;
}

const { version } = JSON.parse(readFileSync(join(ROOT, 'proto/package.json'), 'utf8'));
const path = join(ROOT, `proto/release/v${version}.json`);
if (existsSync(path)) {
  throw new GenerateError(path, 'is there already: raise the version in proto/package.json first');
}
writeIfChanged(path, buildImage());
console.log(`kept the contract of v${version} in ${path}`);
