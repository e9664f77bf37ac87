// Prints gen/options.ts: ByteBasket's own options (stream, consent, scope, pii) as tables.
import { getOption, hasOption } from '@bufbuild/protobuf';
import { ownMessages, ownServices } from './descriptors.mjs';
import { GenerateError } from './generate-error.mjs';

const HEADER = `// Generated from the options of the proto files by scripts/generate.mjs. Do not edit.
/* eslint-disable */
`;
const EVENT = 'bytebasket.event.v1.Event';
const PAYLOAD = 'payload';

const extension = (registry, name) => {
  const found = registry.getExtension(`bytebasket.options.v1.${name}`);
  if (found === undefined)
    throw new GenerateError(`bytebasket.options.v1.${name}`, 'is not declared');
  return found;
};

/** Reads an enum option as its value's name without the prefix, in kebab-case; undefined when it is not set. */
function readEnum(descriptor, option) {
  const number = hasOption(descriptor, option) ? getOption(descriptor, option) : 0;
  if (number === 0) return undefined;
  const { name } = option.enum.values.find((value) => value.number === number);
  return name.slice(option.enum.sharedPrefix.length).toLowerCase().replaceAll('_', '-');
}

function requireEnum(descriptor, option) {
  const value = readEnum(descriptor, option);
  if (value === undefined) {
    throw new GenerateError(
      descriptor.typeName,
      `has no ${option.name} option: a payload needs one`,
    );
  }
  return value;
}

/** Names of an enum option's values as a TypeScript union. */
function union(option) {
  const names = option.enum.values
    .filter(({ number }) => number !== 0)
    .map(({ name }) =>
      name.slice(option.enum.sharedPrefix.length).toLowerCase().replaceAll('_', '-'),
    );
  return names.map((name) => `'${name}'`).join(' | ');
}

/** Reads the payloads of the envelope; each must have a stream and a consent. */
export function readPayloads(registry) {
  const stream = extension(registry, 'stream');
  const consent = extension(registry, 'consent');
  const event = registry.getMessage(EVENT);
  const oneof = event?.oneofs.find(({ name }) => name === PAYLOAD);
  if (oneof === undefined) throw new GenerateError(EVENT, `has no oneof ${PAYLOAD}`);
  return oneof.fields.map((field) => ({
    payload: field.jsonName,
    field: field.name,
    number: field.number,
    typeName: field.message.typeName,
    stream: requireEnum(field.message, stream),
    consent: requireEnum(field.message, consent),
  }));
}

const SCOPE = /^[a-z]+:[a-z]+$/;

/** Reads the scope of every method; each must have one of the form `noun:verb`. */
export function readScopes(registry) {
  const scope = extension(registry, 'scope');
  return ownServices(registry).flatMap((service) =>
    service.methods.map((method) => {
      const path = `/${service.typeName}/${method.name}`;
      const value = hasOption(method, scope) ? getOption(method, scope) : '';
      if (value === '') throw new GenerateError(path, 'has no scope option: a method needs one');
      if (!SCOPE.test(value)) throw new GenerateError(path, `has scope ${value}: use noun:verb`);
      return { path, scope: value };
    }),
  );
}

/** Reads the personal fields and how each is treated. */
export function readPii(registry) {
  const pii = extension(registry, 'pii');
  return ownMessages(registry).flatMap((message) =>
    message.fields.flatMap((field) => {
      const treatment = readEnum(field, pii);
      return treatment === undefined
        ? []
        : [{ field: `${message.typeName}.${field.name}`, treatment }];
    }),
  );
}

const rows = (entries) => entries.map(([key, value]) => `  ${key}: ${value},\n`).join('');

function printTypes(registry) {
  return `/** Input topic of an event. */
export type StreamName = ${union(extension(registry, 'stream'))};

/** Consent that an event needs before a client may send it. */
export type Consent = ${union(extension(registry, 'consent'))};

/** What happens to a personal value when it leaves the log. */
export type PiiTreatment = ${union(extension(registry, 'pii'))};

/** What the contract says about one payload of the envelope. */
export interface PayloadOptions {
  /** Name of the envelope's field, such as \`order_completed\`. */
  readonly field: string;
  /** Number of the envelope's field. */
  readonly fieldNumber: number;
  /** Full name of the message. */
  readonly typeName: string;
  readonly stream: StreamName;
  readonly consent: Consent;
}
`;
}

/** Prints gen/options.ts. */
export function printOptions(registry) {
  const payloads = readPayloads(registry);
  const scopes = readScopes(registry);
  const payloadRows = payloads.map(({ payload, field, number, typeName, stream, consent }) => [
    payload,
    `{ field: '${field}', fieldNumber: ${number}, typeName: '${typeName}', stream: '${stream}', consent: '${consent}' }`,
  ]);
  const names = [...new Set(scopes.map(({ scope }) => scope))].sort();
  return `${HEADER}
${printTypes(registry)}
/** Name of a payload as ts-proto's \`$case\`. */
export type PayloadCase =
${payloads.map(({ payload }) => `  | '${payload}'`).join('\n')};

/** Every payload of the envelope. */
export const PAYLOADS: Readonly<Record<PayloadCase, PayloadOptions>> = {
${rows(payloadRows)}};

/** What a key may be allowed to do. */
export type Scope = ${names.map((name) => `'${name}'`).join(' | ')};

/** The scope that a caller's key needs, by the method's path. */
export const METHOD_SCOPES: Readonly<Record<string, Scope>> = {
${rows(scopes.map(({ path, scope }) => [`'${path}'`, `'${scope}'`]))}};

/** Personal fields by full name, and how each is treated outside the log. */
export const PII_FIELDS: Readonly<Record<string, PiiTreatment>> = {
${rows(readPii(registry).map(({ field, treatment }) => [`'${field}'`, `'${treatment}'`]))}};
`;
}
