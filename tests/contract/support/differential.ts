// Holds the generated checks against protovalidate: same message, same (path, rule) in the same order.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { pathToString } from '@bufbuild/protobuf/reflect';
import type { Validator } from '@bufbuild/protovalidate';
import { VIOLATIONS_MAX } from '@bytebasket/proto/validation';
import { nanosOf, orderParts, sumOfLines } from './balance.js';
import type { Totals } from './balance.js';
import type { Check, Codec } from './contract.js';
import { randomMessage } from './random-message.js';
import type { Random } from '../../support/random.js';

/** Rules that protovalidate cannot know. */
const HAND_WRITTEN_RULES = ['order.total_adds_up', 'refund.lines_within_total'];

/** A message type under test. */
export interface Subject {
  readonly desc: DescMessage;
  readonly codec: Codec;
  readonly check: Check;
}

/** What a run saw. */
export interface Tally {
  valid: number;
  invalid: number;
  /** Messages whose CEL overflowed in protovalidate: it gives no verdict. */
  undecided: number;
  /** Violations of the rules that only the recount knows. */
  sums: number;
  /** `<message type>.<field> <rule>` of every violation of a root's own field. */
  readonly broken: Set<string>;
}

export function newTally(): Tally {
  return { valid: 0, invalid: 0, undecided: 0, sums: 0, broken: new Set() };
}

/** The recount of each message that has a sum rule. */
export const SUMS: Readonly<Record<string, (message: Totals) => string | undefined>> = {
  'bytebasket.event.v1.OrderCompleted': orderSum,
  'bytebasket.event.v1.OrderUpdated': orderSum,
  'bytebasket.event.v1.OrderRefunded': (refund) =>
    sumOfLines(refund.lines ?? []) > nanosOf(refund.total)
      ? 'refund.lines_within_total'
      : undefined,
};

function orderSum(order: Totals): string | undefined {
  return orderParts(order) === nanosOf(order.total) ? undefined : 'order.total_adds_up';
}

/** Recounts every order and refund inside a message: path of the message → rule that it breaks. */
function recount(desc: DescMessage, message: Message, path: string): Map<string, string> {
  const rule = SUMS[desc.typeName]?.(message);
  const found = new Map(rule === undefined ? [] : [[path, rule]]);
  const record = message as unknown as Record<string, unknown>;
  for (const field of desc.fields) {
    if (field.message === undefined) continue;
    for (const [inner, value] of valuesOf(field, record)) {
      const full = path === '' ? inner : `${path}.${inner}`;
      for (const [at, broken] of recount(field.message, value, full)) found.set(at, broken);
    }
  }
  return found;
}

function valuesOf(field: DescField, record: Record<string, unknown>): [string, Message][] {
  if (field.oneof !== undefined) {
    const chosen = record[field.oneof.localName] as { case?: string; value?: Message };
    return chosen.case === field.localName && chosen.value ? [[field.name, chosen.value]] : [];
  }
  const value = record[field.localName];
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [[field.name, value as Message]];
  return (value as Message[]).map((item, index) => [`${field.name}[${index}]`, item]);
}

const show = ({ field, rule }: { field: string; rule: string }): string => `${field} ${rule}`;

/** Compares one message; returns what differs, or undefined. */
function compare(
  subject: Subject,
  message: Message,
  context: { validator: Validator; tally: Tally },
): string | undefined {
  const { desc, codec, check } = subject;
  const { validator, tally } = context;
  const decoded = codec.decode(toBinary(desc, message));
  const ours = check(decoded) ?? [];
  const reference = validator.validate(desc, message);
  if (reference.kind === 'error') {
    tally.undecided += 1;
    return ours.length > 0 ? undefined : `protovalidate: ${reference.error.message}; ours: valid`;
  }
  const theirs =
    reference.kind === 'valid'
      ? []
      : reference.violations.map(({ field, ruleId }) => ({
          field: pathToString(field),
          rule: ruleId,
        }));
  for (const violation of theirs)
    tally.broken.add(
      `${desc.typeName}.${violation.field.replace(/\[\d+\]/g, '')} ${violation.rule}`,
    );
  tally[ours.length === 0 ? 'valid' : 'invalid'] += 1;
  const sums = [...recount(desc, message, '')].filter(([path]) => {
    const under = ({ field }: { field: string }): boolean =>
      path === '' || field === path || field.startsWith(`${path}.`);
    return !theirs.some(under);
  });
  tally.sums += sums.length;
  return difference(
    ours,
    theirs,
    sums.map(([path, rule]) => ({ field: path === '' ? 'total' : `${path}.total`, rule })),
  );
}

type Found = { readonly field: string; readonly rule: string };

/** Both sides are cut at VIOLATIONS_MAX; the sums stand between the others, where their order or refund ends. */
function difference(
  ours: readonly Found[],
  theirs: readonly Found[],
  sums: readonly Found[],
): string | undefined {
  const plain = ours.filter(({ rule }) => !HAND_WRITTEN_RULES.includes(rule)).map(show);
  const oursSums = ours.filter(({ rule }) => HAND_WRITTEN_RULES.includes(rule)).map(show);
  const capped = theirs.length + sums.length > VIOLATIONS_MAX;
  const expected = theirs.map(show).slice(0, capped ? plain.length : undefined);
  const expectedSums = sums.map(show).slice(0, capped ? oursSums.length : undefined);
  const length = Math.min(VIOLATIONS_MAX, theirs.length + sums.length);
  const same =
    plain.join('\n') === expected.join('\n') &&
    oursSums.join('\n') === expectedSums.join('\n') &&
    ours.length === length;
  if (same) return undefined;
  return `protovalidate and the recount:\n${[...theirs, ...sums].map(show).join('\n')}\nours:\n${ours.map(show).join('\n')}`;
}

/** Spoils of a message: hardly, a little, a lot. */
const SPOILS = [0, 0, 0.02, 0.02, 0.1, 0.4];

/** One run over a type. */
export interface Campaign {
  readonly validator: Validator;
  readonly rounds: number;
  readonly random: Random;
  /** Fields to break in turn. */
  readonly targets: readonly DescField[];
  readonly tally: Tally;
}

/** Runs `rounds` random messages of a type; throws at the first difference. */
export function runDifferential(subject: Subject, options: Campaign): void {
  const { desc, codec } = subject;
  const { random, targets } = options;
  for (let round = 0; round < options.rounds; round += 1) {
    // Every second round spoils one field in turn, so that each rule is broken in every run.
    const target = round % 2 === 0 ? targets[(round / 2) % targets.length] : undefined;
    const recipe = {
      random,
      spoil: random.pick(SPOILS),
      target,
      currency: random.pick(['EUR', 'JPY']),
      budget: { left: 1000 },
    };
    const made = randomMessage(desc, recipe);
    // Through ts-proto's encoder, as a client sends it.
    const bytes = toBinary(desc, made);
    const encoded = calendar(bytes, codec);
    const differs = compare(
      subject,
      encoded === undefined ? made : fromBinary(desc, encoded),
      options,
    );
    if (differs !== undefined) {
      const hex = Buffer.from(encoded ?? bytes).toString('hex');
      throw new Error(`${desc.typeName}, round ${round}: ${differs}\nwire bytes: ${hex}`);
    }
  }
}

/** ts-proto's own encoding; undefined for moments that a Date cannot hold, which it cannot encode. */
function calendar(bytes: Uint8Array, codec: Codec): Uint8Array | undefined {
  const decoded = codec.decode(bytes);
  try {
    return codec.encode(decoded).finish();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
