import { Resolution } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import {
  WatchMetricsRequest,
  WatchMetricsResponse,
} from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { Metadata, type Client, type ClientReadableStream } from '@grpc/grpc-js';

const WATCH = '/bytebasket.metrics.v1.MetricsService/WatchMetrics';

/** Opens a watch of several metrics; messages arrive as bytes.  */
export function watch(
  client: Client,
  metrics: readonly string[],
  resolution = Resolution.TEN_SECONDS,
): ClientReadableStream<Buffer> {
  const request = WatchMetricsRequest.fromPartial({
    series: metrics.map((metric) => ({ metric, resolution })),
  });
  return client.makeServerStreamRequest(
    WATCH,
    (value: WatchMetricsRequest) => Buffer.from(WatchMetricsRequest.encode(value).finish()),
    (bytes: Buffer) => bytes,
    request,
    new Metadata(),
  );
}

/** Keeps the newest value per window of one counted metric and tells when the sum grows. */
export function followTotal(
  stream: ClientReadableStream<Buffer>,
  onTotal: (total: number) => void,
): void {
  const windows = new Map<number, number>();
  stream.on('error', () => undefined);
  stream.on('data', (bytes: Buffer) => {
    const event = WatchMetricsResponse.decode(bytes).event;
    if (event?.$case !== 'value' || event.value.value?.$case !== 'count') return;
    windows.set(event.value.startTime?.getTime() ?? 0, Number(event.value.value.value));
    onTotal([...windows.values()].reduce((sum, value) => sum + value, 0));
  });
}
