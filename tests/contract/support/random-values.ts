// Random values of single fields: inside the rules, or at and over their edges.
import { ScalarType, getOption } from '@bufbuild/protobuf';
import type { DescField, MessageShape } from '@bufbuild/protobuf';
import type { FieldRulesSchema } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { field as fieldRules } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import type { Random } from '../../support/random.js';

export type Rules = MessageShape<typeof FieldRulesSchema>;

/** Texts to meet or to break patterns with; every pattern of the contract must match at least one. */
const TEXTS = [
  '', 'a', 'Z', '0', 'A-z_.:9', 'visitor-1', 'x'.repeat(128), 'x'.repeat(129), `${'x'.repeat(127)}!`,
  'a b', 'a/b', 'ü', 'a\n', '\na', 'a\u0000', '😀', 'DE', 'de', 'D', 'DEU', 'D1', 'DÉ', '411111', '41111111',
  '4111', '411111111', '41111a', '٤١١١١١',
  '0197b3a0-5f00-7000-8000-000000000001', '0197b3a0-5f00-7abc-bdef-0123456789ab',
  '0197B3A0-5f00-7000-8000-000000000001', '0197b3a0-5f00-4000-8000-000000000001',
  '0197b3a0-5f00-7000-c000-000000000001', '0197b3a05f0070008000000000000001',
  '0197b3a0-5f00-7000-8000-00000000000g', '0197b3a0-5f00-7000-8000-0000000000011',
  '0197b3a0-5f00-7000-8000_000000000001', 'g197b3a0-5f00-7000-8000-000000000001',
]; // prettier-ignore

const INT32_EDGES = [-(2 ** 31), -1, 0, 1, 2 ** 31 - 1];
const INT64_EDGES = [-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n];
const DOUBLE_EDGES = [Number.NaN, Infinity, -Infinity, -0, 0, 5, 5.000001, -1e-9, 1e300];

/** The buf.validate rules of a field. */
export function rulesOf(field: DescField): Rules {
  return getOption(field, fieldRules);
}

function text(rules: Rules | undefined, random: Random, spoil: boolean): string {
  const typed = rules?.type.case === 'string' ? rules.type.value : undefined;
  if (typed?.pattern) {
    const pattern = new RegExp(typed.pattern, 'u');
    const fitting = TEXTS.filter((candidate) => pattern.test(candidate));
    if (fitting.length === 0) throw new Error(`add a text that matches ${typed.pattern}`);
    return random.pick(spoil ? TEXTS : fitting);
  }
  const min = Number(typed?.minLen ?? 0n);
  const max = Number(typed?.maxLen ?? 64n) || 64;
  const character = random.pick(['a', 'é', '😀']);
  if (spoil) {
    const lengths = [0, min - 1, max + 1, 2 * max, 2 * max + 1].filter((length) => length >= 0);
    return character.repeat(random.pick(lengths));
  }
  const length = random.chance(0.1) ? max : random.int(Math.max(min, 0), Math.min(max, min + 12));
  return character.repeat(length);
}

interface Range<T> {
  readonly greaterThan: { case?: string | undefined; value?: T | undefined };
  readonly lessThan: { case?: string | undefined; value?: T | undefined };
}

function int32(rules: Rules | undefined, random: Random, spoil: boolean): number {
  const typed = rules?.type.case === 'int32' ? (rules.type.value as Range<number>) : undefined;
  const low = typed?.greaterThan.value ?? -(2 ** 31);
  const high = typed?.lessThan.value ?? 2 ** 31 - 1;
  if (spoil)
    return random.pick([
      ...INT32_EDGES,
      Math.max(low - 1, -(2 ** 31)),
      Math.min(high + 1, 2 ** 31 - 1),
    ]);
  const first = typed?.greaterThan.case === 'gt' ? low + 1 : low;
  const last = typed?.lessThan.case === 'lt' ? high - 1 : high;
  return random.chance(0.3)
    ? random.pick([first, last])
    : random.int(first, Math.min(last, first + 100));
}

function int64(rules: Rules | undefined, random: Random, spoil: boolean): bigint {
  const typed = rules?.type.case === 'int64' ? (rules.type.value as Range<bigint>) : undefined;
  const low = typed?.greaterThan.value;
  if (spoil)
    return random.pick([...INT64_EDGES, ...(low === undefined ? [] : [low - 1n, low, low + 1n])]);
  return (low ?? 0n) + BigInt(random.int(1, 1000));
}

function double(rules: Rules | undefined, random: Random, spoil: boolean): number {
  const typed = rules?.type.case === 'double' ? (rules.type.value as Range<number>) : undefined;
  if (spoil) return random.pick(DOUBLE_EDGES);
  const low = typed?.greaterThan.value ?? 0;
  const high = typed?.lessThan.value ?? 1000;
  return random.pick([low, high, low + random.next() * (high - low)]);
}

/** A random value of a scalar type, under the given rules. */
export function scalarValue(
  scalar: ScalarType,
  rules: Rules | undefined,
  { random, spoil }: { random: Random; spoil: boolean },
): string | number | bigint | boolean | Uint8Array {
  switch (scalar) {
    case ScalarType.STRING:
      return text(rules, random, spoil);
    case ScalarType.INT32:
      return int32(rules, random, spoil);
    case ScalarType.INT64:
      return int64(rules, random, spoil);
    case ScalarType.DOUBLE:
      return double(rules, random, spoil);
    case ScalarType.BOOL:
      return random.chance(0.5);
    case ScalarType.BYTES:
      return Uint8Array.from({ length: random.int(0, 4) }, () => random.int(0, 255));
    default:
      throw new Error(`add random values of ${ScalarType[scalar]}`);
  }
}

/** A random enum number: a declared one, or any. */
export function enumValue(field: DescField, random: Random, spoil: boolean): number {
  const numbers = field.enum?.values.map(({ number }) => number) ?? [];
  if (spoil) return random.pick([...numbers, -1, 0, 99]);
  const set = numbers.filter((number) => number !== 0);
  return random.pick(set.length > 0 ? set : numbers);
}
