import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import { healthFileDescriptor } from './health-descriptor.js';
import type { ServiceModule } from './service-module.js';

const HEALTH = 'grpc.health.v1.Health';

/**
 * Reflection v1 and v1alpha over a FileDescriptorSet with all imports. The two protocols have the same messages, so one
 * implementation serves both paths. `services`: full names; those without a descriptor in the set are not listed.
 */
export function reflectionModules(
  descriptors: Uint8Array,
  services: readonly string[],
): ServiceModule[] {
  const described = servicesIn(descriptors);
  const set = new BinaryWriter();
  set.uint32(10).bytes(healthFileDescriptor());
  const withHealth = Buffer.concat([descriptors, set.finish()]);
  const listed = [...services.filter((name) => described.has(name)), HEALTH];
  const implementation = ServerReflection(withHealth, listed);
  const method = ServerReflectionService.serverReflectionInfo;
  return ['v1', 'v1alpha'].map((version) => ({
    definition: {
      serverReflectionInfo: {
        ...method,
        path: `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
      },
    },
    implementation: implementation as ServiceModule['implementation'],
  }));
}

/** Full names of the services in a FileDescriptorSet, read without decoding the rest: file = 1; package = 2, service = 6; name = 1. */
export function servicesIn(descriptors: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  for (const file of fieldsOf(descriptors, 1)) {
    const [packageName] = fieldsOf(file, 2);
    for (const service of fieldsOf(file, 6)) {
      const [name] = fieldsOf(service, 1);
      names.add(`${utf8(packageName)}.${utf8(name)}`);
    }
  }
  return names;
}

function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const found: Uint8Array[] = [];
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === wanted && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType, number);
  }
  return found;
}

function utf8(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
}
