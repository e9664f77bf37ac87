import { type Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { WatchMetricsResponse } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';

/** The bytes of a WatchMetricsResponse with a value. */
export function valueMessage(value: Point): Uint8Array {
  return WatchMetricsResponse.encode({ event: { $case: 'value', value } }).finish();
}

/** The bytes of a WatchMetricsResponse with a checkpoint. `watermarkMs` 0: not known yet. */
export function checkpointMessage(resumeToken: string, watermarkMs: number): Uint8Array {
  const watermarkTime = watermarkMs > 0 ? new Date(watermarkMs) : undefined;
  return WatchMetricsResponse.encode({
    event: { $case: 'checkpoint', value: { resumeToken, watermarkTime } },
  }).finish();
}
