import { create, toBinary } from '@bufbuild/protobuf';
import { FieldDescriptorProto_Label, FieldDescriptorProto_Type } from '@bufbuild/protobuf/wkt';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

const LABEL = FieldDescriptorProto_Label.OPTIONAL;

/**
 * The FileDescriptorProto of grpc/health/v1/health.proto, so that reflection can describe the health service. Source:
 * github.com/grpc/grpc/blob/master/src/proto/grpc/health/v1/health.proto.
 */
export function healthFileDescriptor(): Uint8Array {
  const request = '.grpc.health.v1.HealthCheckRequest';
  const response = '.grpc.health.v1.HealthCheckResponse';
  const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'];
  const status = FieldDescriptorProto_Type.ENUM;
  const file = create(FileDescriptorProtoSchema, {
    name: 'grpc/health/v1/health.proto',
    package: 'grpc.health.v1',
    syntax: 'proto3',
    messageType: [
      {
        name: 'HealthCheckRequest',
        field: [
          {
            name: 'service',
            jsonName: 'service',
            number: 1,
            label: LABEL,
            type: FieldDescriptorProto_Type.STRING,
          },
        ],
      },
      {
        name: 'HealthCheckResponse',
        field: [
          {
            name: 'status',
            jsonName: 'status',
            number: 1,
            label: LABEL,
            type: status,
            typeName: `${response}.ServingStatus`,
          },
        ],
        enumType: [
          { name: 'ServingStatus', value: statuses.map((name, number) => ({ name, number })) },
        ],
      },
    ],
    service: [
      {
        name: 'Health',
        method: [
          { name: 'Check', inputType: request, outputType: response },
          { name: 'Watch', inputType: request, outputType: response, serverStreaming: true },
        ],
      },
    ],
  });
  return toBinary(FileDescriptorProtoSchema, file);
}
