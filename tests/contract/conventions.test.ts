// The conventions of the contract that buf lint does not know.
import { ScalarType, getOption } from '@bufbuild/protobuf';
import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf';
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { METHOD_SCOPES } from '@bytebasket/proto/options';
import { describe, expect, test } from 'vitest';
import { contractRegistry, ownMessages } from './support/contract.js';
import { commentsOf, protoTexts } from './support/proto-text.js';

const ID_PATTERN = '^[A-Za-z0-9_.:-]{1,128}$';
const EVENT_ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
const STORAGE = 'bytebasket.storage.v1.';

const registry = contractRegistry();
const messages = ownMessages(registry);
const fields = messages.flatMap((message) => message.fields);
const services = [...registry.files]
  .flatMap((file) => file.services)
  .filter(({ typeName }) => typeName.startsWith('bytebasket.'));
const methods = services.flatMap((service) => service.methods);

const nameOf = (field: DescField): string => `${field.parent.typeName}.${field.name}`;
const rulesOf = (field: DescField) => getOption(field, fieldRules);
const fieldOf = (message: DescMessage, name: string): DescField | undefined =>
  message.fields.find((field) => field.name === name);

/** Messages that clients send, with everything inside them. */
function sentMessages(): DescMessage[] {
  const sent = new Set<DescMessage>();
  const add = (message: DescMessage): void => {
    if (sent.has(message) || !message.typeName.startsWith('bytebasket.')) return;
    sent.add(message);
    for (const field of message.fields) if (field.message !== undefined) add(field.message);
  };
  for (const { input } of methods) add(input);
  return [...sent];
}

const sentFields = sentMessages().flatMap((message) => message.fields);
const textRules = (field: DescField) => {
  const { type } = rulesOf(field);
  const inner = type.case === 'repeated' ? type.value.items?.type : type;
  return inner?.case === 'string' ? inner.value : undefined;
};
const holdsText = (field: DescField): boolean =>
  (field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING) ||
  (field.fieldKind === 'list' && field.listKind === 'scalar' && field.scalar === ScalarType.STRING);

describe('services', () => {
  test('are those that run; what comes later is declared when it runs', () => {
    expect(services.map(({ name }) => name).sort()).toEqual([
      'AdminService',
      'FraudService',
      'IngestService',
      'MetricsService',
      'RecommendationService',
      'TransactionService',
    ]);
  });

  test('name a scope for every method', () => {
    const paths = methods.map((method) => `/${method.parent.typeName}/${method.name}`);
    expect(Object.keys(METHOD_SCOPES).sort()).toEqual(paths.sort());
  });

  test('have requests and responses of their own', () => {
    const used = methods.flatMap(({ input, output }) => [input.typeName, output.typeName]);
    expect(new Set(used).size).toBe(used.length);
  });
});

describe('lists', () => {
  const lists = methods.filter(({ name }) => /^(List|Query)/.test(name));

  test.each(lists)('$name is unary and paged', (method: DescMethod) => {
    const { input, output } = method;
    expect(method.methodKind).toBe('unary');
    expect(fieldOf(input, 'page_size')?.scalar).toBe(ScalarType.INT32);
    expect(fieldOf(input, 'page_token')?.scalar).toBe(ScalarType.STRING);
    expect(fieldOf(output, 'next_page_token')?.scalar).toBe(ScalarType.STRING);
    expect(output.fields.find(({ number }) => number === 1)?.fieldKind).toBe('list');
  });
});

describe('watches', () => {
  const watches = methods.filter(({ name }) => name.startsWith('Watch'));

  test('exist', () => {
    expect(watches.length).toBeGreaterThan(0);
  });

  test.each(watches)(
    '$name streams a oneof of value and checkpoint and resumes by token',
    (method) => {
      const { input, output } = method;
      expect(method.methodKind).toBe('server_streaming');
      expect(fieldOf(input, 'resume_token')?.scalar).toBe(ScalarType.STRING);
      // Recommendations have no past to begin with: only the list of now.
      const start =
        method.name === 'WatchRecommendations' ? undefined : 'google.protobuf.Timestamp';
      expect(fieldOf(input, 'start_time')?.message?.typeName).toBe(start);
      expect(output.oneofs.flatMap((oneof) => oneof.fields.map(({ name }) => name))).toEqual([
        'value',
        'checkpoint',
      ]);
      const checkpoint = fieldOf(output, 'checkpoint')?.message;
      expect(checkpoint?.fields.map(({ name }) => name)).toEqual([
        'resume_token',
        'watermark_time',
      ]);
    },
  );
});

describe('fields', () => {
  test('are never unsigned', () => {
    const signed = [
      ScalarType.INT32,
      ScalarType.INT64,
      ScalarType.DOUBLE,
      ScalarType.STRING,
      ScalarType.BOOL,
      ScalarType.BYTES,
    ];
    for (const field of fields) {
      if (field.scalar !== undefined) expect(signed, nameOf(field)).toContain(field.scalar);
    }
  });

  test('named *_time are Timestamps, and Timestamps are named *_time', () => {
    // storage.v1 is never served; its write time counts microseconds, which a Timestamp would only blow up.
    for (const field of fields.filter(({ parent }) => !parent.typeName.startsWith(STORAGE))) {
      const moment = field.message?.typeName === 'google.protobuf.Timestamp';
      expect(field.name.endsWith('_time'), nameOf(field)).toBe(moment);
    }
  });

  test('named end_* have their start_*', () => {
    for (const { name, parent } of fields.filter((field) => field.name.startsWith('end_'))) {
      expect(
        fieldOf(parent, name.replace('end_', 'start_')),
        `${parent.typeName}.${name}`,
      ).toBeDefined();
    }
  });

  test('that clients send as ids keep the pattern of ids', () => {
    const ids = sentFields.filter((field) => /_ids?$/.test(field.name) && holdsText(field));
    expect(ids.length).toBeGreaterThan(30);
    for (const field of ids) {
      const pattern = field.name === 'event_id' ? EVENT_ID_PATTERN : ID_PATTERN;
      expect(textRules(field)?.pattern, nameOf(field)).toBe(pattern);
    }
  });

  test('that clients send say what holds when they are not set, or that they are required', () => {
    const comments = new Map(
      protoTexts()
        .flatMap(commentsOf)
        .map(({ subject, text, within }) => [
          `${within}.${/(\w+) = \d+/.exec(subject)?.[1] ?? ''}`,
          text,
        ]),
    );
    for (const field of sentFields) {
      const comment = comments.get(`${field.parent.name}.${field.name}`);
      expect
        .soft(comment, nameOf(field))
        .toMatch(
          field.oneof === undefined
            ? /Required|[Ee]mpty|[Aa]bsent|UNSPECIFIED|0 (when|means)|\b\d[\d,]* (to|or more)|above 0|from 1|Without it|True only/
            : /^Says|^Ties/,
        );
    }
  });

  test('that clients send are bounded: texts in length, lists in number, moments in range', () => {
    for (const field of sentFields) {
      const { type } = rulesOf(field);
      if (field.fieldKind === 'list') {
        const max = type.case === 'repeated' ? type.value.maxItems : 0n;
        expect(max, nameOf(field)).toBeGreaterThan(0n);
      }
      if (holdsText(field)) {
        const rules = textRules(field);
        expect(Boolean(rules?.pattern) || (rules?.maxLen ?? 0n) > 0n, nameOf(field)).toBe(true);
      }
      if (field.message?.typeName === 'google.protobuf.Timestamp')
        expect(type.case, nameOf(field)).toBe('timestamp');
    }
  });

  test('of hot messages have short numbers', () => {
    for (const name of [
      'Context',
      'Product',
      'LineItem',
      'OrderCompleted',
      'PublishStreamRequest',
      'EventResult',
    ]) {
      const message = messages.find((candidate) => candidate.name === name);
      expect(
        Math.max(...(message?.fields.map(({ number }) => number) ?? [99])),
        name,
      ).toBeLessThanOrEqual(15);
    }
  });
});

describe('packages', () => {
  test('are bytebasket.<noun>.v1, in the folder of their name', () => {
    for (const { file } of messages) {
      expect(file.proto.package, file.name).toMatch(/^bytebasket\.[a-z]+\.v1$/);
      expect(file.name.startsWith(`${file.proto.package.replaceAll('.', '/')}/`), file.name).toBe(
        true,
      );
    }
  });

  test('keep methods in *_service.proto', () => {
    for (const { file } of services) expect(file.name).toMatch(/_service$/);
  });
});

describe('the proto files', () => {
  const texts = protoTexts();

  test('have at most 300 lines', () => {
    for (const { file, lines } of texts) expect(lines.length, file).toBeLessThanOrEqual(300);
  });

  test('say of every enum whether it is frozen or grows', () => {
    const enums = texts.flatMap(commentsOf).filter(({ subject }) => subject.startsWith('enum '));
    expect(enums.length).toBeGreaterThan(10);
    for (const { at, text } of enums) expect(text, at).toMatch(/\b(Frozen|Growing)\b/);
  });

  test('speak in whole sentences', () => {
    for (const { at, text } of texts.flatMap(commentsOf)) {
      expect(text, at).toMatch(/^[A-Z0-9`'].*[.:]$|^utm_\w+\. /);
    }
  });
});
