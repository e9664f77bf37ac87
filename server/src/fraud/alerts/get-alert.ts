import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type {
  GetAlertRequest,
  GetAlertResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateGetAlertRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../../gateway/field-error.js';
import { ServiceError } from '../../gateway/service-error.js';
import type { TableStore } from '../../ports/table-store.js';
import { decisionOf, readAlert, readHistory } from './read-alerts.js';

/** Answers GetAlert. Throws ServiceError FIELD_INVALID or ALERT_UNKNOWN, and what the table store throws. */
export async function getAlert(
  tables: TableStore,
  request: GetAlertRequest,
): Promise<GetAlertResponse> {
  const violations = validateGetAlertRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const { alertId } = request;
  const found = await readAlert(tables, alertId);
  if (found === undefined) throw alertUnknown(alertId);
  const [decision, history] = await Promise.all([
    decisionOf(tables, found.alert.paymentId, alertId),
    readHistory(tables, found),
  ]);
  return { alert: found.alert, decision, history };
}

/** ALERT_UNKNOWN for an id. */
export function alertUnknown(alertId: string): ServiceError {
  const text = `there is no alert ${alertId}: see ListAlerts`;
  return new ServiceError(ErrorReason.ALERT_UNKNOWN, text, { metadata: { alert_id: alertId } });
}
