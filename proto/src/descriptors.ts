import { fileURLToPath } from 'node:url';

/** Path of the contract's FileDescriptorSet with all imports, for reflection, dynamic clients and validators. */
export const DESCRIPTORS_PATH = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../gen/descriptors.binpb' : '../../gen/descriptors.binpb', import.meta.url),
);
