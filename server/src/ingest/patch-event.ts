import {
  createFileRegistry,
  fromBinary,
  fromJson,
  ScalarType,
  toBinary,
  type DescField,
  type DescMessage,
  type FileRegistry,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { FieldPatch } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { contractDescriptors } from '@bytebasket/proto';
import { fieldError } from '../gateway/field-error.js';
import { parseFieldPath, type PathStep } from './field-path.js';
import { LENGTH, skipField, takeLength, takeTag, type WireCursor } from './wire.js';

const EVENT = 'bytebasket.event.v1.Event';

/** The event has no place for a patch, such as an entry of a list that is too short. */
export class PatchError extends Error {
  override readonly name = 'PatchError';
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

/** Sets fields in the bytes of an event. Everything else stays as received, unknown fields too. */
export interface EventPatch {
  /** Throws PatchError, or WireError when the bytes are no message. */
  apply(event: Uint8Array): Uint8Array;
}

interface Change {
  readonly path: string;
  readonly steps: readonly PathStep[];
  readonly value: JsonValue;
  readonly registry: FileRegistry;
}

/** Reads patches against the contract. Throws ServiceError FIELD_INVALID for a path or a value that does not fit. */
export function readPatches(patches: readonly FieldPatch[]): EventPatch {
  if (patches.length === 0) return { apply: (event) => event };
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, contractDescriptors()));
  const message = registry.getMessage(EVENT);
  if (message === undefined) throw new TypeError(`the contract has no ${EVENT}`);
  const changes = patches.map((patch, i) => readPatch(patch, i, { registry, message }));
  return { apply: (event) => changes.reduce((bytes, change) => set(bytes, change, 0), event) };
}

function readPatch(
  { field, jsonValue }: FieldPatch,
  index: number,
  { registry, message }: { readonly registry: FileRegistry; readonly message: DescMessage },
): Change {
  const steps = parseFieldPath(field, message);
  if (typeof steps === 'string') throw invalid(`patches[${index}].field`, field, steps);
  const name = `patches[${index}].json_value`;
  try {
    const change = { path: field, steps, value: JSON.parse(jsonValue) as JsonValue, registry };
    const last = steps.at(-1);
    if (last !== undefined && change.value !== null) encodeField(last, change);
    return change;
  } catch (error) {
    // JSON.parse and fromJson throw plain errors whose text says what does not fit.
    const detail = error instanceof Error ? error.message : String(error);
    throw invalid(name, jsonValue.slice(0, 100), `${detail}: give proto JSON of ${field}`);
  }
}

function invalid(field: string, value: string, detail: string): Error {
  const message = `${field} is ${JSON.stringify(value)}: ${detail}`;
  return fieldError([{ field, rule: 'patch', message, value }]);
}

/** Tag and value of a field, as they stand in its message; empty for the zero value of a field without presence. */
function encodeField({ field, index }: PathStep, { value, registry }: Change): Uint8Array {
  if (index !== undefined && packable(field)) {
    throw new TypeError(`entries of ${field.name} cannot be set one by one, set the whole list`);
  }
  const json = index === undefined ? value : [value];
  return toBinary(field.parent, fromJson(field.parent, { [field.jsonName]: json }, { registry }));
}

function packable(field: DescField): boolean {
  if (field.fieldKind !== 'list' || field.listKind === 'message') return false;
  return (
    field.listKind === 'enum' ||
    (field.scalar !== ScalarType.STRING && field.scalar !== ScalarType.BYTES)
  );
}

/** A field as it stands in the bytes: with its tag, and without tag and length when it has one. */
interface Occurrence {
  readonly number: number;
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

function split(bytes: Uint8Array): Occurrence[] {
  const cursor: WireCursor = { bytes, at: 0, end: bytes.length };
  const found: Occurrence[] = [];
  while (cursor.at < cursor.end) {
    const start = cursor.at;
    const tag = takeTag(cursor);
    let contentAt = cursor.at;
    if ((tag & 7) === LENGTH) {
      const length = takeLength(cursor);
      contentAt = cursor.at;
      cursor.at += length;
    } else skipField(cursor, tag);
    const whole = bytes.subarray(start, cursor.at);
    found.push({ number: tag >>> 3, whole, content: bytes.subarray(contentAt, cursor.at) });
  }
  return found;
}

/** Sets what `change` says in a message that lies `depth` steps along its path. */
function set(message: Uint8Array, change: Change, depth: number): Uint8Array {
  const step = change.steps[depth];
  if (step === undefined) throw new RangeError('a path without an end');
  const { field, index } = step;
  const all = split(message);
  const own = all.filter(({ number }) => number === field.number);
  const encode = (content: Uint8Array | undefined): Uint8Array =>
    depth + 1 < change.steps.length
      ? delimited(field.number, set(content ?? new Uint8Array(0), change, depth + 1))
      : change.value === null
        ? new Uint8Array(0)
        : encodeField(step, change);
  if (index !== undefined) return setEntry({ all, own, index, encode, path: change.path });
  // A field of a oneof takes the place of the others.
  const replaced = new Set((field.oneof?.fields ?? [field]).map((one) => one.number));
  const kept = all.filter(({ number }) => !replaced.has(number)).map(({ whole }) => whole);
  return Buffer.concat([...kept, encode(own.at(-1)?.content)]);
}

interface Entry {
  readonly all: readonly Occurrence[];
  readonly own: readonly Occurrence[];
  readonly index: number;
  readonly encode: (content: Uint8Array | undefined) => Uint8Array;
  readonly path: string;
}

/** Sets an entry of a list in its place; one behind the last is added. */
function setEntry({ all, own, index, encode, path }: Entry): Uint8Array {
  if (index > own.length) {
    throw new PatchError(
      path,
      `${path}: the list has ${own.length} entries, use 0 to ${own.length}`,
    );
  }
  const old = own[index];
  if (old === undefined)
    return Buffer.concat([...all.map(({ whole }) => whole), encode(undefined)]);
  return Buffer.concat(all.map((one) => (one === old ? encode(one.content) : one.whole)));
}

function delimited(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([varint(number * 8 + LENGTH), varint(content.length), content]);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  while (left > 0x7f) {
    bytes.push((left & 0x7f) | 0x80);
    left >>>= 7;
  }
  bytes.push(left);
  return Uint8Array.from(bytes);
}
