// Reads the contract as descriptors: what the printers of validation and options work on.
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { writeValidateProto } from './print-validate-proto.mjs';
import { buf } from './tools.mjs';

const OWN_FILES = 'bytebasket/';

/** Builds the contract's FileDescriptorSet with all imports, without comments. */
export function buildDescriptorSet() {
  writeValidateProto();
  const args = ['--path', 'proto/bytebasket', '--as-file-descriptor-set'];
  return buf('build', ...args, '--exclude-source-info', '-o', '-');
}

/** Reads a FileDescriptorSet into a registry. */
export function readDescriptorSet(bytes) {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, bytes));
}

const byName = (a, b) => (a.typeName < b.typeName ? -1 : 1);

function withNested(message) {
  return [message, ...message.nestedMessages.flatMap(withNested)];
}

/** ByteBasket's own files, ordered by name. */
export function ownFiles(registry) {
  const own = [...registry.files].filter((file) => file.name.startsWith(OWN_FILES));
  return own.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Every message of ByteBasket's own, ordered by name. */
export function ownMessages(registry) {
  return ownFiles(registry)
    .flatMap((file) => file.messages.flatMap(withNested))
    .sort(byName);
}

/** Every service of ByteBasket's own, ordered by name. */
export function ownServices(registry) {
  return ownFiles(registry)
    .flatMap((file) => file.services)
    .sort(byName);
}
