// Prints the checks of one field as TypeScript statements on ts-proto's message `m`. The order of the checks is that of
// protovalidate: a field's CEL, then (for a message) what is inside, then its own rules.
import { GenerateError } from './generate-error.mjs';
import { planPattern } from './patterns.mjs';

const quote = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** Prints `found = add(found, {…})`; `value` is the expression of the text shown, `what` follows the path. */
function broken({ field, rule, what, remedy, value, expected = '' }) {
  const parts = `field: ${field}, rule: ${quote(rule)}, what: ${what}, remedy: ${quote(remedy)}, value: ${value}`;
  return `found = add(found, { ${parts}${expected} });`;
}

/** A value to check: its expression, the expression of its path, and how to show it. */
function textChecks(typed, target, where) {
  const { access, path, personal } = target;
  const value = personal ? 'PERSONAL' : `cut(${access})`;
  const length = `\`has \${codePoints(${access}).toString()} characters\``;
  const checks = [];
  const min = typed.value('min_len');
  const max = typed.value('max_len');
  const bounds =
    min !== undefined && max !== undefined ? `${min} to ${max}` : (min ?? `at most ${max}`);
  const remedy = `use ${bounds}${max === undefined ? ' or more' : ''} characters`;
  const lengthRule = (rule) => broken({ field: path, rule, what: length, remedy, value });
  if (min !== undefined)
    checks.push(`if (shorter(${access}, ${min})) ${lengthRule('string.min_len')}`);
  if (max !== undefined) {
    const fast = `${access}.length > ${max} && longer(${access}, ${max})`;
    checks.push(`if (${fast}) ${lengthRule('string.max_len')}`);
  }
  const pattern = typed.value('pattern');
  if (pattern !== undefined) {
    const plan = planPattern(pattern, where);
    const test = plan.check ?? `/${plan.regExp}/u.test`;
    const what = personal ? '`is ${PERSONAL}`' : `isText(${access})`;
    const violation = broken({
      field: path,
      rule: 'string.pattern',
      what,
      remedy: plan.remedy,
      value,
    });
    checks.push(`if (!${test}(${access})) ${violation}`);
  }
  return checks;
}

/** How each kind of number is written in TypeScript and shown to a client. */
const NUMBERS = {
  int32: { literal: String, compare: (access) => access, show: (access) => `String(${access})` },
  int64: {
    literal: (limit) => `${limit}n`,
    compare: (access) => access,
    show: (access) => `${access}.toString()`,
  },
  double: { literal: String, compare: (access) => access, show: (access) => `String(${access})` },
  timestamp: {
    literal: (limit) => String(timestampMs(limit)),
    compare: (access) => `${access}.getTime()`,
    show: (access) => `showTime(${access})`,
    words: (limit) => new Date(timestampMs(limit)).toISOString(),
  },
};

function timestampMs({ seconds, nanos }) {
  return Number(seconds) * 1000 + nanos / 1_000_000;
}

/** Words for a range: `1 to 500` where both ends belong to it. */
function rangeWords(ends, words) {
  if (ends.map(({ name }) => name).join() === 'gte,lte') {
    return ends.map(({ limit }) => words(limit)).join(' to ');
  }
  return ends.map(({ name, limit }) => `${WORDS[name]} ${words(limit)}`).join(' and ');
}

const WORDS = { gt: 'above', gte: 'at least', lt: 'below', lte: 'at most' };

/** A range: one rule with the name of both ends, as protovalidate has it. NaN is outside of every range. */
function rangeChecks(typed, target, where) {
  const { access, path } = target;
  const number = NUMBERS[typed.kind];
  const ends = ['gt', 'gte', 'lt', 'lte']
    .map((name) => ({ name, limit: typed.value(name) }))
    .filter(({ limit }) => limit !== undefined);
  if (ends.length === 0) return [];
  const [low, high] = ends;
  if (high !== undefined && !ordered(typed.kind, low, high)) {
    throw new GenerateError(where, 'the generator does not know ranges that exclude their middle');
  }
  const symbols = { gt: '>', gte: '>=', lt: '<', lte: '<=' };
  const test = ends
    .map(({ name, limit }) => `${number.compare(access)} ${symbols[name]} ${number.literal(limit)}`)
    .join(' && ');
  const remedy = `use ${rangeWords(ends, number.words ?? String)}`;
  const value = number.show(access);
  const rule = `${typed.kind}.${ends.map(({ name }) => name).join('_')}`;
  return [
    `if (!(${test})) ${broken({ field: path, rule, what: `\`is \${${value}}\``, remedy, value })}`,
  ];
}

function ordered(kind, low, high) {
  const number = kind === 'timestamp' ? timestampMs : Number;
  return number(low.limit) <= number(high.limit);
}

function enumChecks(typed, target, descriptor) {
  const { access, path } = target;
  const names = descriptor.values.filter(({ number }) => number !== 0).map(({ name }) => name);
  const remedy = `use ${names.join(', ')}`;
  const value = `String(${access})`;
  const what = `\`is \${${value}}\``;
  const checks = [];
  if (typed.value('defined_only') === true) {
    const test = descriptor.values.map(({ number }) => `number !== ${number}`).join(' && ');
    const violation = broken({ field: path, rule: 'enum.defined_only', what, remedy, value });
    checks.push(`{ const number: number = ${access}; if (${test}) ${violation} }`);
  }
  const notIn = typed.value('not_in');
  if (notIn !== undefined) {
    const test = notIn.map((number) => `number === ${number}`).join(' || ');
    const violation = broken({ field: path, rule: 'enum.not_in', what, remedy, value });
    checks.push(`{ const number: number = ${access}; if (${test}) ${violation} }`);
  }
  return checks;
}

/** The checks of one value by its typed rules. */
export function valueChecks(typed, target, { where, field }) {
  if (typed === undefined) return [];
  if (typed.kind === 'string') return textChecks(typed, target, where);
  if (typed.kind === 'enum') return enumChecks(typed, target, field.enum);
  return rangeChecks(typed, target, where);
}

/** The checks of the number of entries. */
export function countChecks(typed, target) {
  if (typed === undefined) return [];
  const { access, path } = target;
  const min = typed.value('min_items');
  const max = typed.value('max_items');
  const bounds = min !== undefined && max !== undefined ? `${min} to ${max}` : undefined;
  const remedy = `send ${bounds ?? (min === undefined ? `at most ${max}` : `${min} or more`)} entries`;
  const value = `String(${access}.length)`;
  const what = `\`has \${${value}} entries\``;
  const check = (limit, sign, rule) =>
    limit === undefined
      ? []
      : [
          `if (${access}.length ${sign} ${limit}) ${broken({ field: path, rule, what, remedy, value })}`,
        ];
  return [...check(min, '<', 'repeated.min_items'), ...check(max, '>', 'repeated.max_items')];
}

/** The check of a CEL rule; on a field, `describe` shows its amount, on a message what the rule's own function says. */
export function celCheck(rule, { access, path, describe }) {
  const test = `if (!${rule.check}(${access}))`;
  const shown = describe ?? rule.describe;
  if (shown === undefined) {
    return `${test} ${broken({ field: path, rule: rule.id, what: "''", remedy: rule.message, value: "''" })}`;
  }
  const fixed = `field: ${path}, rule: ${quote(rule.id)}, remedy: ${quote(rule.message)}`;
  return `${test} found = add(found, { ${fixed}, ...${shown}(${access}) });`;
}

/** The check that something required is there. */
export function requiredCheck(access, path) {
  const violation = broken({
    field: path,
    rule: 'required',
    what: "'is missing'",
    remedy: 'set it',
    value: "''",
  });
  return `if (${access} === undefined) ${violation}`;
}

export { quote };
