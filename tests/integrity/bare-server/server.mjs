// A bare server on whatever grpc-js lies beside this file: answers the paths that the fuzzer calls. Prints its port.
import { Server, ServerCredentials } from '@grpc/grpc-js';

const same = (bytes) => bytes;
const method = (path, requestStream, responseStream) => ({
  path: `/bytebasket.${path}`,
  requestStream,
  responseStream,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
const unary = (_call, callback) => callback(null, Buffer.alloc(0));

const server = new Server();
server.addService(
  {
    publish: method('ingest.v1.IngestService/Publish', false, false),
    publishStream: method('ingest.v1.IngestService/PublishStream', true, true),
    queryMetrics: method('metrics.v1.MetricsService/QueryMetrics', false, false),
    watchMetrics: method('metrics.v1.MetricsService/WatchMetrics', false, true),
    reconcile: method('admin.v1.AdminService/Reconcile', false, false),
  },
  {
    publish: unary,
    queryMetrics: unary,
    reconcile: unary,
    watchMetrics: (call) => call.end(),
    publishStream: (call) => {
      call.on('data', () => undefined);
      call.on('end', () => call.end());
      call.on('error', () => undefined);
    },
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
