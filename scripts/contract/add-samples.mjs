// Fills in the wire bytes of new samples under proto/samples:
//   node scripts/contract/add-samples.mjs
// A sample is {"message": full name, "json": proto JSON, "wire": base64}. Write the first two by hand and run this once. The
// bytes of a sample that has them are never touched: they are what an older client or log holds.
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildDescriptorSet, readDescriptorSet } from './descriptors.mjs';
import { GenerateError } from './generate-error.mjs';
import { ROOT, writeIfChanged } from './tools.mjs';

const FOLDER = join(ROOT, 'proto/samples');

/** Encodes a sample's JSON. */
function encode(registry, { message, json }, file) {
  const descriptor = registry.getMessage(message);
  if (descriptor === undefined) throw new GenerateError(file, `there is no message ${message}`);
  const value = fromJson(descriptor, json, { registry });
  return Buffer.from(toBinary(descriptor, value)).toString('base64');
}

const registry = readDescriptorSet(buildDescriptorSet());
for (const file of readdirSync(FOLDER).sort()) {
  const path = join(FOLDER, file);
  const sample = JSON.parse(readFileSync(path, 'utf8'));
  if (sample.wire !== undefined) continue;
  const filled = { ...sample, wire: encode(registry, sample, file) };
  writeIfChanged(path, `${JSON.stringify(filled, null, 2)}\n`);
  console.log(`added the bytes of ${file}`);
}
