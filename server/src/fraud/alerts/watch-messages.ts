import { WatchAlertsResponse } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { putVarint } from '../../wire/varint.js';

/** Field 1 `value`, length-delimited. */
const VALUE_TAG = 0x0a;

/** The bytes of a WatchAlertsResponse with a value, from the bytes of its Alert. */
export function valueMessage(alert: Uint8Array): Uint8Array {
  const message = Buffer.allocUnsafe(alert.length + 11);
  message[0] = VALUE_TAG;
  const at = putVarint(message, 1, alert.length);
  message.set(alert, at);
  return message.subarray(0, at + alert.length);
}

/** The bytes of a WatchAlertsResponse with a checkpoint. `watermarkMs` 0: not known. */
export function checkpointMessage(resumeToken: string, watermarkMs: number): Uint8Array {
  const watermarkTime = watermarkMs > 0 ? new Date(watermarkMs) : undefined;
  return WatchAlertsResponse.encode({
    event: { $case: 'checkpoint', value: { resumeToken, watermarkTime } },
  }).finish();
}
