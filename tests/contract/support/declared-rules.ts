// Every rule that a message declares for its own fields, as the differential run names what was broken.
import { getOption } from '@bufbuild/protobuf';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import {
  field as fieldRules,
  message as messageRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

/** A declared rule: `<message type>.<field> <rule id>`, and the field to break for it. */
export interface DeclaredRule {
  readonly name: string;
  readonly field: DescField | undefined;
}

/** Rule ids of the typed rules that are set; a range of two ends has one id. */
function typedRules(type: { case?: string | undefined; value?: object | undefined }): string[] {
  if (type.case === undefined || type.value === undefined) return [];
  const set = type.value as Record<string, unknown>;
  const range = [set['greaterThan'], set['lessThan']]
    .map((end) => (end as { case?: string } | undefined)?.case)
    .filter((name) => name !== undefined);
  const others = Object.entries(set).filter(([name, value]) => {
    if (name.startsWith('$')) return false;
    if (['greaterThan', 'lessThan', 'wellKnown', 'items'].includes(name)) return false;
    const empty = value === undefined || value === false || value === '' || value === 0n;
    return !empty && !(Array.isArray(value) && value.length === 0);
  });
  const names = others.map(([name]) =>
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  );
  const all = range.length > 0 ? [range.join('_'), ...names] : names;
  return all.map((name) => `${type.case ?? ''}.${name}`);
}

/** Reads the declared rules of a message, without those inside the messages that it holds. */
export function declaredRules(desc: DescMessage): DeclaredRule[] {
  const own = getOption(desc, messageRules).cel.map(({ id }) => ({
    name: `${desc.typeName}. ${id}`,
    field: undefined,
  }));
  const fields = desc.fields.flatMap((field) => {
    const rules = getOption(field, fieldRules);
    const required = rules.required ? ['required'] : [];
    const items = rules.type.case === 'repeated' ? rules.type.value.items?.type : undefined;
    const ids = [
      ...required,
      ...rules.cel.map(({ id }) => id),
      ...typedRules(rules.type),
      ...(items === undefined ? [] : typedRules(items)),
    ];
    return ids.map((id) => ({ name: `${desc.typeName}.${field.name} ${id}`, field }));
  });
  return [...own, ...fields];
}
