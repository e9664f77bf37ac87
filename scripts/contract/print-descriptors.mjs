// Prints gen/descriptors.ts: the contract's FileDescriptorSet as text, because binaries are not kept in the repository.

const LINE_CHARACTERS = 120;

/** Prints the bytes as base64. */
export function printDescriptors(bytes) {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g'));
  return `// Generated from the proto files by scripts/generate.mjs. Do not edit.
/* eslint-disable */

/** The contract's FileDescriptorSet with all imports and without comments, in base64 with line breaks. */
export const DESCRIPTOR_SET = \`
${lines.join('\n')}
\`;
`;
}
