import { fromBinary, toJson } from '@bufbuild/protobuf';
import { readFileSync, readdirSync } from 'node:fs';
import { PAYLOADS } from '@bytebasket/proto/options';
import { describe, expect, test } from 'vitest';
import { REPOSITORY, contractRegistry, findCheck, loadCodec } from './support/contract.js';

interface Sample {
  readonly message: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly wire: string;
}

const FOLDER = new URL('proto/samples/', REPOSITORY);
const registry = contractRegistry();
const samples = readdirSync(FOLDER).map((file) => {
  const sample = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Sample;
  return { file, ...sample };
});

function descriptorOf(name: string) {
  const desc = registry.getMessage(name);
  if (desc === undefined) throw new Error(`${name} is gone: v1 only grows`);
  return desc;
}

describe('wire samples', () => {
  test.each(samples)('$file: the kept bytes decode to the kept JSON', ({ message, json, wire }) => {
    const desc = descriptorOf(message);
    expect(toJson(desc, fromBinary(desc, Buffer.from(wire, 'base64')), { registry })).toEqual(json);
  });

  test.each(samples)(
    '$file: nothing is lost through the generated codec, and it is valid',
    async (sample) => {
      const desc = descriptorOf(sample.message);
      const codec = await loadCodec(desc);
      const bytes = Buffer.from(sample.wire, 'base64');
      const decoded = codec.decode(bytes);
      expect(Buffer.from(codec.encode(decoded).finish()).toString('base64')).toBe(sample.wire);
      expect(findCheck(desc)?.(decoded)).toBeUndefined();
    },
  );

  test('exist for every payload and for every request and response', () => {
    const payloads = samples
      .filter(({ message }) => message === 'bytebasket.event.v1.Event')
      .flatMap(({ json }) => Object.keys(json).filter((key) => key in PAYLOADS));
    expect(new Set(payloads)).toEqual(new Set(Object.keys(PAYLOADS)));
    const names = samples.map(({ message }) => message);
    const services = [...registry.files].flatMap((file) => file.services);
    for (const { typeName, methods } of services.filter((service) =>
      service.typeName.startsWith('bytebasket.'),
    )) {
      for (const { input, output } of methods) {
        expect(names, typeName).toContain(input.typeName);
        expect(names, typeName).toContain(output.typeName);
      }
    }
  });
});
