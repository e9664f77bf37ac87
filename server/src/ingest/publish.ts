import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { effectiveClientId } from '../gateway/client-id.js';
import { isServiceError, ServiceError } from '../gateway/service-error.js';
import type { ServiceContext } from '../gateway/service-module.js';
import { isPortError } from '../ports/errors.js';
import { originHeaders } from './batch-headers.js';
import { checkRequest, sizeError } from './check-request.js';
import type { Intake } from './intake.js';
import { LOG_UNAVAILABLE_RETRY_MS, SATURATED_RETRY_MS } from './limits.js';
import type { IngestObserver } from './observer.js';
import type { BatchResults } from './verdict.js';
import type { RequestIndex } from './wire-index.js';

export interface PublishParts {
  readonly intake: Intake;
  readonly observer: IngestObserver;
}

/** IngestService.Publish. */
export async function publish(
  request: RequestIndex,
  context: ServiceContext,
  { intake, observer }: PublishParts,
): Promise<BatchResults> {
  try {
    checkRequest(request, 0n);
    const tooLarge = sizeError(request);
    if (tooLarge !== undefined) throw tooLarge;
    const { batchNumber } = request;
    const headers = originHeaders({
      clientId: effectiveClientId(context.caller, request.clientId),
      batchNumber,
      traceparent: context.metadata.get('traceparent'),
    });
    // The gateway answers at the deadline by itself; what was begun goes on and its outcome is then unknown to the client.
    return await intake.accept({ request, headers, numbered: batchNumber > 0n }).done;
  } catch (error) {
    const translated = serviceErrorOf(error);
    if (isServiceError(translated)) observer.refused(translated.reason);
    throw translated;
  }
}

/** The log's errors in the words of the contract; everything else as it is. */
export function serviceErrorOf(error: unknown): unknown {
  if (!isPortError(error)) return error;
  if (error.kind === 'Throttled') {
    return new ServiceError(
      ErrorReason.GATEWAY_SATURATED,
      `the event log has as much waiting as it accepts: send again after ${SATURATED_RETRY_MS} ms`,
      {
        metadata: { limit: 'log' },
        retryDelayMs: error.retryAfterMs ?? SATURATED_RETRY_MS,
        cause: error,
      },
    );
  }
  if (error.kind !== 'Unavailable' && error.kind !== 'Fenced') return error;
  return new ServiceError(
    ErrorReason.LOG_UNAVAILABLE,
    'the event log cannot write: events are safe to send again',
    { retryDelayMs: error.retryAfterMs ?? LOG_UNAVAILABLE_RETRY_MS, cause: error },
  );
}
