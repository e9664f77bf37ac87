// Prints buf/validate/validate.proto from the descriptor inside @bufbuild/protovalidate into third_party/: no npm package
// ships it as text, and copying it into the repository would let it drift from the validator that the tests use.
import { join } from 'node:path';
import { file_buf_validate_validate } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { ROOT, writeIfChanged } from './tools.mjs';

const TYPES = [
  '',
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  'group',
  'message',
  'bytes',
  'uint32',
  'enum',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
];
const LABELS = ['', 'optional', 'required', 'repeated'];

const typeName = (field) => (field.typeName ? field.typeName : TYPES[field.type]);

function printField(field, indent, label = true) {
  const prefix = label ? `${LABELS[field.label]} ` : '';
  const value = field.type === 9 ? JSON.stringify(field.defaultValue) : field.defaultValue;
  const options = field.defaultValue ? ` [default = ${value}]` : '';
  return `${indent}${prefix}${typeName(field)} ${field.name} = ${field.number}${options};\n`;
}

const span = ({ start, end }) =>
  end - start === 1 ? `${start}` : `${start} to ${end >= 536870912 ? 'max' : end - 1}`;

function printEnum(node, indent) {
  const values = node.value.map((v) => `${indent}  ${v.name} = ${v.number};\n`).join('');
  const ranges = node.reservedRange.map(
    ({ start, end }) => `${indent}  reserved ${start === end ? start : `${start} to ${end}`};\n`,
  );
  const names = node.reservedName.map((name) => `${indent}  reserved "${name}";\n`);
  return `${indent}enum ${node.name} {\n${values}${ranges.join('')}${names.join('')}${indent}}\n`;
}

function printMessage(node, indent) {
  const inner = `${indent}  `;
  let text = `${indent}message ${node.name} {\n`;
  for (const nested of node.nestedType) text += printMessage(nested, inner);
  for (const nested of node.enumType) text += printEnum(nested, inner);
  for (const range of node.reservedRange) text += `${inner}reserved ${span(range)};\n`;
  for (const name of node.reservedName) text += `${inner}reserved "${name}";\n`;
  for (const range of node.extensionRange) text += `${inner}extensions ${span(range)};\n`;
  const inOneof = (field) => field.oneofIndex !== undefined && Object.hasOwn(field, 'oneofIndex');
  for (const field of node.field.filter((f) => !inOneof(f))) text += printField(field, inner);
  node.oneofDecl.forEach((oneof, index) => {
    const fields = node.field.filter((f) => inOneof(f) && f.oneofIndex === index);
    text += `${inner}oneof ${oneof.name} {\n`;
    for (const field of fields) text += printField(field, `${inner}  `, false);
    text += `${inner}}\n`;
  });
  return `${text}${indent}}\n`;
}

function printFile(file) {
  let text = `syntax = "proto2";\npackage ${file.package};\n`;
  for (const name of file.dependency) text += `import "${name}";\n`;
  for (const node of file.enumType) text += printEnum(node, '');
  for (const node of file.messageType) text += printMessage(node, '');
  for (const field of file.extension) {
    text += `extend ${field.extendee} {\n${printField(field, '  ')}}\n`;
  }
  return text;
}

/** Writes buf/validate/validate.proto where buf.yaml looks for it, unless it is there. */
export function writeValidateProto() {
  const text = printFile(file_buf_validate_validate.proto);
  writeIfChanged(
    join(ROOT, 'third_party/buf/validate/validate.proto'),
    `// Printed by scripts/contract/print-validate-proto.mjs. Do not edit.\n${text}`,
  );
}

if (process.argv[1] === import.meta.filename) writeValidateProto();
