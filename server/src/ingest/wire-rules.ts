import {
  createFileRegistry,
  fromBinary,
  type DescField,
  type DescMessage,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { contractDescriptors } from '@bytebasket/proto';
import { fieldCheck, hasPresence, number } from './field-check.js';
import { RuleReader, type FieldRules } from './field-rules.js';
import { KIND, type FieldCheck, type MessageCheck } from './wire-check-table.js';

const EVENT = 'bytebasket.event.v1.Event';
/** A rule between envelope and payload: events with that payload are left to the generated validation. */
const EVENT_RULE = { id: 'event.identified_user', payload: 'user_identified' };
/** Fields beyond share the last bit, which makes their message unsupported. */
const BITS_MAX = 30;

/** Reads how events are checked from the contract's descriptors and their `buf.validate` rules. Takes about 50 ms. */
export function eventCheck(): MessageCheck {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, contractDescriptors()));
  const event = registry.getMessage(EVENT);
  if (event === undefined) throw new TypeError(`the contract has no ${EVENT}`);
  const check = new Builder(new RuleReader(registry)).message(event);
  if (check === undefined) throw new TypeError(`${EVENT} contains itself`);
  return check;
}

class Builder {
  readonly #rules: RuleReader;
  /** Undefined while under construction. */
  readonly #made = new Map<string, MessageCheck | undefined>();

  constructor(rules: RuleReader) {
    this.#rules = rules;
  }

  /** The check of a message; undefined when it contains itself. */
  message(message: DescMessage): MessageCheck | undefined {
    const name = message.typeName;
    if (this.#made.has(name)) return this.#made.get(name);
    this.#made.set(name, undefined);
    const check = this.#make(message);
    this.#made.set(name, check);
    return check;
  }

  #make(message: DescMessage): MessageCheck {
    const bits = bitsOf(message);
    const fields: (FieldCheck | undefined)[] = [];
    let required = 0;
    let repeatedMax = Number.POSITIVE_INFINITY;
    for (const field of message.fields) {
      const rules = this.#rules.field(field);
      const scope = { rules, bit: bits.get(field) ?? 0, message: this.message.bind(this) };
      const check = deferred(field, fieldCheck(field, scope));
      fields[field.number] = check;
      if (mustBePresent(field, rules, check)) required |= check.bit;
      const itemsMax = number(rules.typed['repeated']?.['maxItems'], Number.POSITIVE_INFINITY);
      repeatedMax = Math.min(repeatedMax, itemsMax);
    }
    for (const oneof of message.oneofs) {
      const first = oneof.fields[0];
      if (first !== undefined && this.#rules.oneofRequired(oneof)) required |= bits.get(first) ?? 0;
    }
    return { fields, required, repeatedMax, supported: this.#supported(message, bits) };
  }

  /** Rules of a whole message need the generated validation, but for the one that is dealt with by its payload. */
  #supported(message: DescMessage, bits: ReadonlyMap<DescField, number>): boolean {
    const known = message.typeName === EVENT ? [EVENT_RULE.id] : [];
    return (
      new Set(bits.values()).size <= BITS_MAX &&
      this.#rules.messageCel(message).every((id) => known.includes(id))
    );
  }
}

/** Leaves the payload that a rule of the envelope is about to the generated validation. */
function deferred(field: DescField, check: FieldCheck): FieldCheck {
  const concerned = field.parent.typeName === EVENT && field.name === EVENT_RULE.payload;
  return concerned ? { ...check, kind: KIND.unsupported } : check;
}

/** A bit for every field; the members of a oneof share theirs, so that a second one is noticed. */
function bitsOf(message: DescMessage): ReadonlyMap<DescField, number> {
  const groups = new Map<object, number>();
  const bits = new Map<DescField, number>();
  for (const field of message.fields) {
    const group = field.oneof ?? field;
    const index = groups.get(group) ?? groups.size;
    groups.set(group, index);
    bits.set(field, 1 << Math.min(index, BITS_MAX));
  }
  return bits;
}

/** Whether a message without the field breaks a rule: it is required, or its zero value is not allowed. */
function mustBePresent(field: DescField, rules: FieldRules, check: FieldCheck): boolean {
  if (rules.required) return true;
  if (field.fieldKind === 'list') return number(rules.typed['repeated']?.['minItems'], 0) > 0;
  if (field.fieldKind === 'message' || field.oneof !== undefined || hasPresence(field))
    return false;
  return !check.ignoreZero && check.min > 0;
}
