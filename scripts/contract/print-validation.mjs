// Prints gen/validation.ts: for every message with rules a function that finds what is broken, as plain TypeScript.
import { countChecks, celCheck, quote, requiredCheck, valueChecks } from './print-checks.mjs';
import { ownMessages, ownServices } from './descriptors.mjs';
import { readRules } from './rules.mjs';
import { tsImports, tsNames } from './ts-names.mjs';

const HEADER = `// Generated from the buf.validate rules of the proto files by scripts/generate.mjs. Do not edit.
/* eslint-disable */
`;

const RUNTIME = {
  '../src/validation/show.js': ['PERSONAL', 'amount', 'cut', 'isText', 'showTime'],
  '../src/validation/text.js': [
    'codePoints',
    'longer',
    'matchesCountry',
    'matchesId',
    'matchesUuidV7',
    'shorter',
  ],
  '../src/validation/violation.js': ['add', 'full', 'nest', 'report'],
};

/** Messages that need a check: those with rules, and those that hold such a message. */
function selectChecked(plans) {
  const checked = new Set();
  const within = ({ field, typed, cel, required, items }) =>
    typed !== undefined ||
    cel.length > 0 ||
    required ||
    items !== undefined ||
    (field.message !== undefined && checked.has(field.message.typeName));
  for (let before = -1; before !== checked.size;) {
    before = checked.size;
    for (const { message, fields, cel, oneofs, extra } of plans) {
      const own = cel.length + oneofs.length + extra.length > 0;
      if (own || fields.some(within)) checked.add(message.typeName);
    }
  }
  return checked;
}

/** Messages that clients send: the events, the requests and everything inside them. */
function selectSent(registry) {
  const sent = new Set();
  const add = (message) => {
    if (sent.has(message.typeName)) return;
    sent.add(message.typeName);
    for (const field of message.fields) if (field.message !== undefined) add(field.message);
  };
  const inputs = ownServices(registry).flatMap(({ methods }) => methods.map(({ input }) => input));
  for (const message of inputs) add(message);
  return { sent, inputs: new Set(inputs.map(({ typeName }) => typeName)) };
}

/** Statements for one message inside: its own check, its findings put under the path. */
const inside = (name, access, path) =>
  `{ const inner = check${name}(${access}); if (inner !== undefined) found = nest(found, ${path}, inner); }`;

/** Checks on the value of a field that is there: CEL, what is inside, typed rules. */
function valueStatements(plan, access, context) {
  const { field, typed, cel, personal } = plan;
  const path = quote(field.name);
  const where = `${plan.field.parent.typeName}.${field.name}`;
  const nested = context.checked.has(field.message?.typeName);
  return [
    ...cel.map((rule) => celCheck(rule, { access, path, describe: context.describe(field) })),
    ...(nested ? [inside(context.names.get(field.message.typeName), access, path)] : []),
    ...valueChecks(typed, { access, path, personal }, { where, field }),
  ];
}

function listStatements(plan, access, context) {
  const { field, typed, items, personal } = plan;
  const path = `\`${field.name}[\${index}]\``;
  const where = `${field.parent.typeName}.${field.name}[]`;
  const nested = context.checked.has(field.message?.typeName);
  const each = [
    ...(nested ? [inside(context.names.get(field.message.typeName), 'item', path)] : []),
    ...valueChecks(items, { access: 'item', path, personal }, { where, field }),
  ];
  const loop = [
    '{',
    '  let index = 0;',
    `  for (const item of ${access}) {`,
    ...each.map((line) => `    ${line}`),
    '    if (full(found)) break;',
    '    index += 1;',
    '  }',
    '}',
  ];
  return [
    ...countChecks(typed, { access, path: quote(field.name) }),
    ...(each.length > 0 ? loop : []),
  ];
}

const zeroOf = ({ access, plan }) => {
  const { field, typed } = plan;
  if (field.fieldKind === 'list') return `${access}.length !== 0`;
  if (typed?.kind === 'string') return `${access} !== ''`;
  return typed?.kind === 'int64' ? `${access} !== 0n` : `${access} !== 0`;
};

/** Statements of a field outside of a oneof, under its presence. */
function fieldStatements(plan, context) {
  const { field, explicit, required, ignoreZero } = plan;
  const access = `m.${field.jsonName}`;
  const list = field.fieldKind === 'list';
  const checks = list
    ? listStatements(plan, access, context)
    : valueStatements(plan, access, context);
  const guard = ignoreZero
    ? zeroOf({ access, plan })
    : explicit && !list
      ? `${access} !== undefined`
      : '';
  const guarded =
    checks.length === 0 || guard === ''
      ? checks
      : [`if (${guard}) {`, ...checks.map((line) => `  ${line}`), '}'];
  if (!required) return guarded;
  const missing = requiredCheck(access, quote(field.name));
  return guarded.length === 0
    ? [missing]
    : [`${missing}\nelse {`, ...checks.map((line) => `  ${line}`), '}'];
}

/** Statements of a oneof: only the member that is set is checked. */
function oneofStatements(oneof, plans, context) {
  const access = `m.${oneof.localName}`;
  const cases = plans
    .filter(({ field }) => field.oneof === oneof)
    .flatMap((plan) => {
      const checks = valueStatements(plan, `${access}.value`, context);
      if (checks.length === 0) return [];
      return [
        `  case ${quote(plan.field.jsonName)}:`,
        ...checks.map((line) => `    ${line}`),
        '    break;',
      ];
    });
  return cases.length === 0 ? [] : [`switch (${access}?.$case) {`, ...cases, '}'];
}

/** Statements of every field in declared order; a oneof stands where its first member does. */
function bodyOf(plan, context) {
  const done = new Set();
  return plan.fields.flatMap((fieldPlan) => {
    const { oneof } = fieldPlan.field;
    if (oneof === undefined) return fieldStatements(fieldPlan, context);
    if (done.has(oneof)) return [];
    done.add(oneof);
    return oneofStatements(oneof, plan.fields, context);
  });
}

function printCheck(plan, context) {
  const name = context.names.get(plan.message.typeName);
  const lines = [
    ...bodyOf(plan, context),
    ...plan.cel.map((rule) => celCheck(rule, { access: 'm', path: "''" })),
    ...plan.oneofs.map((oneof) => requiredCheck(`m.${oneof.localName}`, quote(oneof.name))),
    ...plan.extra.map(({ check }) => `if (found === undefined) found = ${check}(m);`),
  ];
  const body = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `  ${line}\n`)
    .join('');
  return `function check${name}(m: ${name}): Findings {\n  let found: Findings;\n${body}  return found;\n}\n`;
}

function printValidate(message, context) {
  const name = context.names.get(message.typeName);
  const checked = context.checked.has(message.typeName);
  const doc = `/** Checks a ${message.typeName}; undefined when it is valid, else 1 to 20 violations. */\n`;
  const parameter = checked ? 'm' : '_m';
  const result = checked ? `report(check${name}(m))` : 'undefined';
  const signature = `export function validate${name}(${parameter}: ${name}): readonly Violation[] | undefined`;
  return `${doc}${signature} {\n  return ${result};\n}\n`;
}

/** Prints the imports of everything that the text uses, and no more. */
function printImports(text, context) {
  const used = (name) => new RegExp(`\\b${name}\\b`).test(text);
  const runtime = new Map(Object.entries(RUNTIME));
  for (const { from, check, describe } of context.handWritten) {
    runtime.set(from, [
      ...new Set([...(runtime.get(from) ?? []), check, ...(describe ? [describe] : [])]),
    ]);
  }
  const values = [...runtime]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => [from, names.filter(used).sort()])
    .filter(([, names]) => names.length > 0)
    .map(([from, names]) => `import { ${names.join(', ')} } from ${quote(from)};\n`);
  const violations = `import type { Findings, Violation } from '../src/validation/violation.js';\n`;
  return `${values.join('')}${violations}${tsImports(context.shown, context.names)}`;
}

/** Prints gen/validation.ts. */
export function printValidation(registry) {
  const pii = registry.getExtension('bytebasket.options.v1.pii');
  const plans = ownMessages(registry).map((message) => readRules(message, pii));
  const checked = selectChecked(plans);
  const { sent, inputs } = selectSent(registry);
  const exported = plans.filter(
    ({ message: { typeName } }) =>
      inputs.has(typeName) || (checked.has(typeName) && sent.has(typeName)),
  );
  const shown = exported.map(({ message }) => message);
  const context = {
    checked,
    names: tsNames(shown),
    shown,
    describe: (field) => (field.message?.typeName === 'google.type.Money' ? 'amount' : undefined),
    handWritten: exported.flatMap(({ cel, extra, fields }) => [
      ...cel,
      ...extra,
      ...fields.flatMap((f) => f.cel),
    ]),
  };
  const text = [
    ...exported
      .filter(({ message }) => checked.has(message.typeName))
      .map((plan) => printCheck(plan, context)),
    ...exported.map(({ message }) => printValidate(message, context)),
  ].join('\n');
  const exports = `export { VIOLATIONS_MAX } from '../src/validation/violation.js';\nexport type { Violation };\n`;
  return `${HEADER}${printImports(text, context)}\n${exports}\n${text}`;
}
