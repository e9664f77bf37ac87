// Reads the buf.validate rules of a message into plain data, and refuses every rule that the printer does not know.
import { ScalarType, getOption, hasOption, isFieldSet } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import * as validate from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { GenerateError } from './generate-error.mjs';
import { CEL_RULES, EXTRA_RULES } from './hand-written.mjs';

const NUMBER_RULES = ['gt', 'gte', 'lt', 'lte'];
const KNOWN = {
  string: ['min_len', 'max_len', 'pattern'],
  int32: NUMBER_RULES,
  int64: NUMBER_RULES,
  double: NUMBER_RULES,
  timestamp: NUMBER_RULES,
  enum: ['defined_only', 'not_in'],
  repeated: ['min_items', 'max_items', 'items'],
};

/** Throws for every field that is set in an options message and not among the known ones. */
function refuseUnknown(message, schema, known, where) {
  for (const field of schema.fields) {
    if (isFieldSet(message, field) && !known.includes(field.name)) {
      throw new GenerateError(
        where,
        `the generator does not know rule ${schema.name}.${field.name}`,
      );
    }
  }
  if ((message.$unknown ?? []).length > 0) {
    throw new GenerateError(where, `the generator does not know an extension of ${schema.name}`);
  }
}

/** Finds the function for a CEL rule. */
function readCel(rule, where) {
  const found = CEL_RULES.find(({ id }) => id === rule.id);
  if (found === undefined) {
    throw new GenerateError(
      where,
      `CEL rule ${rule.id} has no function in scripts/contract/hand-written.mjs`,
    );
  }
  if (found.expression !== rule.expression) {
    throw new GenerateError(
      where,
      `the expression of CEL rule ${rule.id} is not the one that its function was written for: ${rule.expression}`,
    );
  }
  return { ...found, message: rule.message };
}

/** Reads the typed part (string, int32, …) of a field's rules; `kind` must be among the known ones. */
function readTyped(rules, where) {
  const kind = rules.type.case;
  if (kind === undefined) return undefined;
  const known = KNOWN[kind];
  if (known === undefined)
    throw new GenerateError(where, `the generator does not know ${kind} rules`);
  const schema = validate.FieldRulesSchema.fields.find((field) => field.localName === kind).message;
  const typed = rules.type.value;
  refuseUnknown(typed, schema, known, where);
  const value = (name) => {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field === undefined || !isFieldSet(typed, field)) return undefined;
    return field.oneof === undefined ? typed[field.localName] : typed[field.oneof.localName].value;
  };
  return { kind, value };
}

const IGNORES = {
  [validate.Ignore.UNSPECIFIED]: false,
  [validate.Ignore.IF_ZERO_VALUE]: true,
};

/** Reads one field: presence, rules, the rules of its items. */
function readField(field, pii, where) {
  const rules = getOption(field, validate.field);
  refuseUnknown(
    rules,
    validate.FieldRulesSchema,
    ['cel', 'required', 'ignore', ...Object.keys(KNOWN)],
    where,
  );
  const ignoreZero = IGNORES[rules.ignore];
  if (ignoreZero === undefined)
    throw new GenerateError(where, 'the generator does not know IGNORE_ALWAYS');
  const explicit = field.presence === FeatureSet_FieldPresence.EXPLICIT;
  const personal = hasOption(field, pii);
  if (personal && (field.fieldKind !== 'scalar' || field.scalar !== ScalarType.STRING)) {
    throw new GenerateError(where, 'pii stands on single strings only: mark the text itself');
  }
  if (field.fieldKind === 'map' && hasOption(field, validate.field)) {
    throw new GenerateError(where, 'the generator does not know rules on maps');
  }
  if (rules.cel.length > 0 && field.fieldKind !== 'message') {
    throw new GenerateError(
      where,
      'the generator knows CEL on messages and fields of a message type only',
    );
  }
  if (rules.required && !explicit) {
    throw new GenerateError(
      where,
      'required stands on messages and optional fields only: use a rule on the value',
    );
  }
  const typed = readTyped(rules, where);
  return {
    field,
    explicit,
    personal,
    ignoreZero: ignoreZero && !explicit,
    required: rules.required,
    cel: rules.cel.map((rule) => readCel(rule, where)),
    typed,
    items: typed?.kind === 'repeated' ? readItems(typed.value('items'), where) : undefined,
  };
}

function readItems(items, where) {
  if (items === undefined) return undefined;
  refuseUnknown(items, validate.FieldRulesSchema, Object.keys(KNOWN), where);
  return readTyped(items, where);
}

/** Reads every rule of a message; `pii` is the extension that marks personal fields. */
export function readRules(message, pii) {
  const name = message.typeName;
  const rules = getOption(message, validate.message);
  refuseUnknown(rules, validate.MessageRulesSchema, ['cel'], name);
  for (const oneof of message.oneofs) {
    refuseUnknown(
      getOption(oneof, validate.oneof),
      validate.OneofRulesSchema,
      ['required'],
      `${name}.${oneof.name}`,
    );
  }
  return {
    message,
    fields: message.fields.map((field) => readField(field, pii, `${name}.${field.name}`)),
    cel: rules.cel.map((rule) => readCel(rule, name)),
    oneofs: message.oneofs.filter((oneof) => getOption(oneof, validate.oneof).required),
    extra: EXTRA_RULES.filter((rule) => rule.message === name),
  };
}
