// Random messages over descriptors: valid, nearly valid and broken.
import { create } from '@bufbuild/protobuf';
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { balance } from './balance.js';
import { enumValue, rulesOf, scalarValue } from './random-values.js';
import type { Rules } from './random-values.js';
import type { Random } from '../../support/random.js';

/** How a message is made. */
export interface Recipe {
  readonly random: Random;
  /** Probability that a field is set without regard to its rules. */
  readonly spoil: number;
  /** A field of the outermost message that is certainly spoilt. */
  readonly target?: DescField | undefined;
  /** Entries that lists over their edge may still take: a list of 501 inside each of 501 entries would take for ever. */
  readonly budget: { left: number };
  /** Currency of most amounts, so that sums can be right. */
  readonly currency: string;
}

const SECONDS_EDGES = [-1n, 0n, 253370764799n, 253370764800n, -62135596800n, 2n ** 62n];

function timestamp(desc: DescMessage, { random }: Recipe, spoil: boolean): Message {
  const seconds = spoil ? random.pick(SECONDS_EDGES) : BigInt(random.int(0, 4_000_000_000));
  const init = { seconds, nanos: random.pick([0, 1_000_000, 999_000_000]) };
  return create(desc, init as never);
}

function money(desc: DescMessage, { random, currency }: Recipe, spoil: boolean): Message {
  const init = spoil
    ? {
        currencyCode: random.pick([currency, currency, 'USD', 'eur', 'EURO', 'EU', '', 'ÉUR']),
        units: random.pick([0n, 1n, -1n, 10n ** 9n, 10n ** 9n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]),
        nanos: random.pick([0, 1, -1, 999_999_999, 10 ** 9, 2 ** 31 - 1, -(2 ** 31)]),
      }
    : {
        currencyCode: currency,
        units: BigInt(random.chance(0.02) ? 10 ** 9 : random.int(0, 500)),
        nanos: random.pick([0, 10_000_000, 500_000_000, 999_999_999, 1]),
      };
  return create(desc, init as never);
}

function messageValue(desc: DescMessage, recipe: Recipe, spoil: boolean): Message {
  if (desc.typeName === 'google.protobuf.Timestamp') return timestamp(desc, recipe, spoil);
  if (desc.typeName === 'google.type.Money') return money(desc, recipe, spoil);
  return randomMessage(
    desc,
    spoil
      ? { ...recipe, spoil: Math.max(recipe.spoil, 0.3), target: undefined }
      : { ...recipe, target: undefined },
  );
}

function single(
  field: DescField,
  rules: Rules | undefined,
  recipe: Recipe & { spoilt: boolean },
): unknown {
  const { random, spoilt } = recipe;
  if (field.enum !== undefined) return enumValue(field, random, spoilt);
  if (field.message !== undefined) return messageValue(field.message, recipe, spoilt);
  return scalarValue(field.scalar, rules, { random, spoil: spoilt });
}

function list(field: DescField, recipe: Recipe & { spoilt: boolean }): unknown[] {
  const { random, spoilt } = recipe;
  const rules = rulesOf(field);
  const typed = rules.type.case === 'repeated' ? rules.type.value : undefined;
  const min = Number(typed?.minItems ?? 0n);
  const max = Number(typed?.maxItems ?? 3n) || 3;
  const over = random.pick([0, Math.max(min - 1, 0), max + 1]);
  if (spoilt && over <= recipe.budget.left && random.chance(0.3)) {
    recipe.budget.left -= over;
    // One item many times: making 501 different ones takes long.
    const light = { ...recipe, spoilt: false, spoil: 0, budget: { left: 0 } };
    return new Array<unknown>(over).fill(single(field, typed?.items, light));
  }
  const length = random.int(Math.max(min, spoilt ? 1 : 0), Math.min(max, min + 3));
  return Array.from({ length }, () =>
    single(field, typed?.items, { ...recipe, spoilt: spoilt && random.chance(0.5) }),
  );
}

/** Whether a field is left out: always possible where nothing is required. */
function absent(
  field: DescField,
  { random, spoilt }: { random: Random; spoilt: boolean },
): boolean {
  if (field.message === undefined && field.presence === FeatureSet_FieldPresence.IMPLICIT)
    return !spoilt && random.chance(0.2);
  const required = rulesOf(field).required;
  return random.chance(required ? (spoilt ? 0.3 : 0) : spoilt ? 0 : 0.4);
}

/** Makes one message; a member of each oneof is set, unless the recipe spoils it away. */
export function randomMessage(desc: DescMessage, recipe: Recipe): Message {
  const { random, target } = recipe;
  const init: Record<string, unknown> = {};
  for (const member of desc.members) {
    if (member.kind === 'oneof') {
      const chosen = target?.oneof === member ? target : random.pick(member.fields);
      if (chosen !== target && random.chance(recipe.spoil / 4)) continue;
      const spoilt = chosen === target || random.chance(recipe.spoil);
      init[member.localName] = {
        case: chosen.localName,
        value: single(chosen, rulesOf(chosen), { ...recipe, spoilt }),
      };
      continue;
    }
    const spoilt = member === target || random.chance(recipe.spoil);
    if (member.fieldKind !== 'list' && absent(member, { random, spoilt })) continue;
    init[member.localName] =
      member.fieldKind === 'list'
        ? list(member, { ...recipe, spoilt })
        : single(member, rulesOf(member), { ...recipe, spoilt });
  }
  const message = create(desc, init as never);
  balance(desc, message, recipe.random);
  return message;
}
