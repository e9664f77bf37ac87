import type { DescField, DescMessage } from '@bufbuild/protobuf';

/** One step of a path: a field of a message, and which entry when it is repeated. */
export interface PathStep {
  readonly field: DescField;
  readonly index: number | undefined;
}

const STEP = /^([a-z][a-z0-9_]*)(?:\[(\d{1,4})\])?$/;

/**
 * Reads a path in proto names, such as `order_completed.lines[0].quantity`. Returns a sentence on what is wrong with it
 * instead of steps when the contract has no such field.
 */
export function parseFieldPath(path: string, message: DescMessage): readonly PathStep[] | string {
  const steps: PathStep[] = [];
  let inside: DescMessage | undefined = message;
  for (const text of path.split('.')) {
    const [, name, index] = STEP.exec(text) ?? [];
    const field: DescField | undefined = inside?.fields.find((one) => one.name === name);
    if (field === undefined) {
      return `there is no field ${JSON.stringify(text)} in ${inside?.typeName ?? 'a plain value'}`;
    }
    if (index !== undefined && field.fieldKind !== 'list') return `${field.name} is not repeated`;
    steps.push({ field, index: index === undefined ? undefined : Number(index) });
    inside = index === undefined && field.fieldKind === 'list' ? undefined : messageOf(field);
  }
  return steps;
}

function messageOf(field: DescField): DescMessage | undefined {
  if (field.fieldKind === 'message') return field.message;
  return field.fieldKind === 'list' && field.listKind === 'message' ? field.message : undefined;
}
