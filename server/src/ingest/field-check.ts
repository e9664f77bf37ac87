import { ScalarType, type DescField, type DescMessage } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { PAYLOADS } from '@bytebasket/proto/options';
import { INPUT_TOPICS } from '../ports/topics.js';
import type { FieldRules } from './field-rules.js';
import { CAPTURE, KIND, type FieldCheck, type MessageCheck } from './wire-check-table.js';
import { FIXED64, LENGTH, VARINT } from './wire.js';

const EVENT = 'bytebasket.event.v1.Event';
const MONEY = 'google.type.Money';
const TIMESTAMP = 'google.protobuf.Timestamp';
const EVENT_ID_PATTERN = '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$';
/** One class of characters, repeated: `^[A-Za-z0-9_.:-]{1,128}$`. */
const LETTERS_PATTERN = /^\^(\[[^\]]+\])\{(\d+)(?:,(\d+))?\}\$$/;
const INT32_MAX = 0x7fffffff;
/** What a check may take as a plain number. */
const INT64_MAX = 2 ** 49 - 1;
const CAPTURES: Readonly<Record<string, number>> = {
  anonymous_id: CAPTURE.anonymousId,
  user_id: CAPTURE.userId,
  occur_time: CAPTURE.occurTime,
};
const TOPICS_BY_FIELD: ReadonlyMap<number, number> = new Map(
  Object.values(PAYLOADS).map(({ fieldNumber, stream }) => [
    fieldNumber,
    INPUT_TOPICS.indexOf(stream),
  ]),
);
const EXPLICIT = FeatureSet_FieldPresence.EXPLICIT;

/** What a check of one field is made from. */
export interface FieldScope {
  readonly rules: FieldRules;
  readonly bit: number;
  /** The check of a message inside; undefined when messages contain themselves. */
  readonly message: (message: DescMessage) => MessageCheck | undefined;
}

type Typed = FieldRules['typed'];
type Part = Partial<FieldCheck>;

const LEFT: Part = { kind: KIND.unsupported };

/** The check of one field; of kind `unsupported` when its rules need the generated validation. */
export function fieldCheck(field: DescField, scope: FieldScope): FieldCheck {
  const { rules, bit } = scope;
  const base: FieldCheck = {
    tag: field.number * 8 + LENGTH,
    kind: KIND.unsupported,
    bit,
    repeated: field.fieldKind === 'list',
    ignoreZero: rules.ignoreZero && !hasPresence(field),
    min: Number.NEGATIVE_INFINITY,
    max: Number.POSITIVE_INFINITY,
    letters: new Uint8Array(0),
    message: inner(field, scope),
    ...captured(field),
  };
  return { ...base, ...partOf(field, rules, base) };
}

/** Whether a message knows if the field was set, so that rules hold for set fields only. */
export function hasPresence(field: DescField): boolean {
  return field.presence === EXPLICIT;
}

function inner(field: DescField, scope: FieldScope): MessageCheck | undefined {
  if (field.fieldKind === 'message') return scope.message(field.message);
  if (field.fieldKind === 'list' && field.listKind === 'message')
    return scope.message(field.message);
  return undefined;
}

function captured(field: DescField): { capture: number; topic: number } {
  if (field.parent.typeName !== EVENT) return { capture: CAPTURE.nothing, topic: -1 };
  const topic = TOPICS_BY_FIELD.get(field.number);
  if (topic !== undefined) return { capture: CAPTURE.payload, topic };
  return { capture: CAPTURES[field.name] ?? CAPTURE.nothing, topic: -1 };
}

function partOf(field: DescField, rules: FieldRules, base: FieldCheck): Part {
  switch (field.fieldKind) {
    case 'message':
      return messagePart(field.message, rules, base);
    case 'list':
      return listPart(field, rules);
    case 'enum':
      return rules.cel.length > 0 ? LEFT : enumPart(field, rules.typed);
    case 'scalar':
      return rules.cel.length > 0 ? LEFT : scalarPart(field.scalar, rules.typed, field.number);
    case 'map':
      return LEFT;
  }
}

function messagePart(message: DescMessage, rules: FieldRules, base: FieldCheck): Part {
  const kinds = Object.keys(rules.typed);
  if (message.typeName === MONEY) {
    const [rule, ...more] = rules.cel;
    if (more.length > 0 || kinds.length > 0) return LEFT;
    if (rule === 'money.non_negative') return { kind: KIND.money, min: 0 };
    if (rule === 'money.positive') return { kind: KIND.money, min: 1 };
  }
  if (rules.cel.length > 0) return LEFT;
  if (message.typeName === TIMESTAMP) return timestampPart(rules.typed);
  return kinds.length === 0 && base.message !== undefined ? { kind: KIND.message } : LEFT;
}

/** Whole seconds strictly inside the bounds, which is a little less than the rule allows. */
function timestampPart(typed: Typed): Part {
  if (!onlyKeys(typed, ['timestamp'])) return LEFT;
  const { gte, lt, ...others } = typed['timestamp'] ?? {};
  const seconds = (time: unknown): number => Date.parse(String(time)) / 1000;
  if (Object.keys(others).length > 0 || gte === undefined || lt === undefined) return LEFT;
  return { kind: KIND.timestamp, min: seconds(gte), max: seconds(lt) - 1 };
}

function listPart(field: DescField & { fieldKind: 'list' }, rules: FieldRules): Part {
  const { minItems, maxItems, items, ...others } = rules.typed['repeated'] ?? {};
  const simple =
    onlyKeys(rules.typed, ['repeated']) &&
    rules.cel.length === 0 &&
    Object.keys(others).length === 0 &&
    number(minItems, 0) <= 1 &&
    number(maxItems, 0) >= 0;
  if (!simple) return LEFT;
  if (field.listKind === 'message') return items === undefined ? { kind: KIND.message } : LEFT;
  if (field.listKind === 'enum') {
    // An empty packed list would count as present.
    const countable = items === undefined && number(minItems, 0) === 0;
    return countable ? { kind: KIND.packedInts } : LEFT;
  }
  if (field.scalar !== ScalarType.STRING) return LEFT;
  return scalarPart(field.scalar, (items ?? {}) as Typed, field.number);
}

function enumPart(field: DescField & { fieldKind: 'enum' }, typed: Typed): Part {
  const part = { kind: KIND.int, tag: field.number * 8 + VARINT };
  if (!onlyKeys(typed, ['enum'])) return LEFT;
  const { definedOnly, notIn, ...others } = typed['enum'] ?? {};
  if (Object.keys(others).length > 0) return LEFT;
  const excluded: readonly unknown[] = Array.isArray(notIn) ? notIn : [];
  if (excluded.some((value) => Number(value) !== 0)) return LEFT;
  const min = excluded.length > 0 ? 1 : 0;
  if (definedOnly !== true) return { ...part, min, max: INT32_MAX };
  const values = field.enum.values.map((value) => value.number).sort((a, b) => a - b);
  const gapless = values.every((value, i) => value === i);
  return gapless ? { ...part, min, max: values.length - 1 } : LEFT;
}

function scalarPart(scalar: ScalarType, typed: Typed, fieldNumber: number): Part {
  const varint = fieldNumber * 8 + VARINT;
  switch (scalar) {
    case ScalarType.STRING:
      return textPart(typed);
    case ScalarType.INT32:
      return numberPart(typed, 'int32', { kind: KIND.int, tag: varint, max: INT32_MAX });
    case ScalarType.INT64:
      return numberPart(typed, 'int64', { kind: KIND.int, tag: varint, max: INT64_MAX });
    case ScalarType.BOOL:
      return Object.keys(typed).length === 0 ? { kind: KIND.bool, tag: varint } : LEFT;
    case ScalarType.DOUBLE:
      return numberPart(typed, 'double', {
        kind: KIND.double,
        tag: fieldNumber * 8 + FIXED64,
        max: Number.POSITIVE_INFINITY,
      });
    default:
      return LEFT;
  }
}

/** Whole numbers are checked from 0 on: negative ones take ten bytes and are left to the generated validation. */
function numberPart(
  typed: Typed,
  name: string,
  part: { readonly kind: number; readonly tag: number; readonly max: number },
): Part {
  const { gte, lte, gt, ...others } = typed[name] ?? {};
  const whole = part.kind === KIND.int;
  if (!onlyKeys(typed, [name]) || Object.keys(others).length > 0) return LEFT;
  if (gt !== undefined && !whole) return LEFT;
  const least = whole ? 0 : Number.NEGATIVE_INFINITY;
  const min = Math.max(number(gte, least), number(gt, -1) + 1, least);
  return {
    ...part,
    min: whole ? min : number(gte, least),
    max: Math.min(part.max, number(lte, part.max)),
  };
}

function textPart(typed: Typed): Part {
  if (!onlyKeys(typed, ['string'])) return LEFT;
  const { pattern, minLen, maxLen, ...others } = typed['string'] ?? {};
  if (Object.keys(others).length > 0) return LEFT;
  if (pattern === undefined) {
    return {
      kind: KIND.text,
      min: number(minLen, 0),
      max: number(maxLen, Number.POSITIVE_INFINITY),
    };
  }
  if (minLen !== undefined || maxLen !== undefined || typeof pattern !== 'string') return LEFT;
  if (pattern === EVENT_ID_PATTERN) return { kind: KIND.eventId, min: 1 };
  const [, letters, min, max] = LETTERS_PATTERN.exec(pattern) ?? [];
  if (letters === undefined) return LEFT;
  const one = new RegExp(`^${letters}$`);
  return {
    kind: KIND.letters,
    letters: Uint8Array.from({ length: 256 }, (_, code) =>
      code < 128 && one.test(String.fromCharCode(code)) ? 1 : 0,
    ),
    min: Number(min),
    max: Number(max ?? min),
  };
}

function onlyKeys(typed: Typed, names: readonly string[]): boolean {
  return Object.keys(typed).every((name) => names.includes(name));
}

/** A number of proto JSON, where 64-bit ones are text. */
export function number(value: unknown, absent: number): number {
  return value === undefined ? absent : Number(value);
}
