import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { effectiveClientId } from '../gateway/client-id.js';
import { isServiceError, ServiceError } from '../gateway/service-error.js';
import type { ServiceContext } from '../gateway/service-module.js';
import { isPortError } from '../ports/errors.js';
import { originHeaders } from './batch-headers.js';
import { checkRequest, sizeError } from './check-request.js';
import type { Intake } from './intake.js';
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

/** The log's errors in the words of the contract, with the log's own delay if it names one; all else as it is. */
export function serviceErrorOf(error: unknown): unknown {
  if (!isPortError(error)) return error;
  const { retryAfterMs } = error;
  const options = {
    ...(retryAfterMs === undefined ? {} : { retryDelayMs: retryAfterMs }),
    cause: error,
  };
  if (error.kind === 'Throttled') {
    return new ServiceError(
      ErrorReason.GATEWAY_SATURATED,
      'the event log has as much waiting as it accepts: send again after the delay',
      { ...options, metadata: { limit: 'log' } },
    );
  }
  if (error.kind !== 'Unavailable' && error.kind !== 'Fenced') return error;
  return new ServiceError(
    ErrorReason.LOG_UNAVAILABLE,
    'the event log cannot write: events are safe to send again',
    options,
  );
}
