// The contract as the tests see it: descriptors, ts-proto's codecs and the generated checks, by message type.
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import type { DescMessage, FileRegistry } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { contractDescriptors } from '@bytebasket/proto';
import type { Violation } from '@bytebasket/proto/validation';
import * as validation from '@bytebasket/proto/validation';

/** What ts-proto generates for a message. */
export interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromJSON(json: unknown): unknown;
  toJSON(message: unknown): unknown;
}

export type Check = (message: unknown) => readonly Violation[] | undefined;

/** Root of the repository. */
export const REPOSITORY = new URL('../../../', import.meta.url);

/** Reads the contract's descriptors. */
export function contractRegistry(): FileRegistry {
  return createFileRegistry(fromBinary(FileDescriptorSetSchema, contractDescriptors()));
}

/** ByteBasket's own messages, ordered by file and place. */
export function ownMessages(registry: FileRegistry): DescMessage[] {
  const own = [...registry.files].filter((file) => file.name.startsWith('bytebasket/'));
  return own.sort((a, b) => (a.name < b.name ? -1 : 1)).flatMap((file) => file.messages);
}

/** Loads ts-proto's codec of a message. */
export async function loadCodec(message: DescMessage): Promise<Codec> {
  const path = new URL(`proto/gen/${message.file.name}.ts`, REPOSITORY).href;
  const module = (await import(path)) as Record<string, Codec>;
  const codec = module[message.name];
  if (codec === undefined) throw new Error(`${path} has no codec ${message.name}`);
  return codec;
}

/** The generated check of a message; undefined when it has none. */
export function findCheck(message: DescMessage): Check | undefined {
  return (validation as unknown as Record<string, Check>)[`validate${message.name}`];
}
