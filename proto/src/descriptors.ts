import { DESCRIPTOR_SET } from '../gen/descriptors.js';

/**
 * Returns the contract as a `google.protobuf.FileDescriptorSet` in wire format: every file with all its imports, without
 * comments (60 to 100 KB). For reflection, dynamic clients and validators in other libraries. Each call decodes afresh.
 */
export function contractDescriptors(): Uint8Array {
  return Uint8Array.from(atob(DESCRIPTOR_SET), (character) => character.charCodeAt(0));
}
