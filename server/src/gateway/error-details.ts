import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Any, BadRequest, ErrorInfo, PreconditionFailure } from 'nice-grpc-error-details';
import { ResourceInfo, RetryInfo, RichServerError } from 'nice-grpc-error-details';
import type { ErrorDetails } from 'nice-grpc-error-details';
import { Status } from 'nice-grpc-common';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { errorRow } from './error-table.js';
import type { ServiceError } from './service-error.js';

/** Domain of every ErrorInfo. */
export const ERROR_DOMAIN = 'bytebasket.dev';

/** Trailer that carries google.rpc.Status. */
export const DETAILS_KEY = 'grpc-status-details-bin';

const TEXT_MAX = 512;
const MESSAGE_MAX = 1_024;
const VIOLATIONS_MAX = 20;
// Trailers travel as base64 and peers limit headers to 8 KiB, so the bytes must stay below 6 KiB.
const DETAILS_BYTES_MAX = 5_500;

/** A ServiceError as it leaves: status, and the encoded google.rpc.Status for the trailer. */
export interface WireError {
  readonly error: RichServerError;
  readonly details: Uint8Array;
}

/**
 * Turns a ServiceError into a status with exactly one ErrorInfo, plus BadRequest (violations), RetryInfo, ResourceInfo
 * (NOT_FOUND) and PreconditionFailure (FAILED_PRECONDITION) where they apply. Texts are cut so that the trailer stays below 8 KiB.
 */
export function toWireError(source: ServiceError): WireError {
  const row = errorRow(source.reason);
  const message = cleanText(source.message, MESSAGE_MAX);
  const violations = source.violations.slice(0, VIOLATIONS_MAX);
  for (let kept = violations.length; ; kept = Math.floor(kept / 2)) {
    const extra = detailsOf(source, message, violations.slice(0, kept));
    const error = new RichServerError(row.code, message, extra);
    const details = encodeStatus(row.code, message, extra);
    if (details.length <= DETAILS_BYTES_MAX || kept === 0) return { error, details };
  }
}

function detailsOf(
  source: ServiceError,
  message: string,
  violations: ServiceError['violations'],
): ErrorDetails[] {
  const row = errorRow(source.reason);
  const metadata: Record<string, string> = {};
  for (const [key, value] of Object.entries(source.metadata).slice(0, 8)) {
    metadata[cleanText(key, 64)] = cleanText(value, TEXT_MAX / 2);
  }
  const reason = ErrorReason[source.reason];
  const details: ErrorDetails[] = [
    ErrorInfo.fromPartial({ reason, domain: ERROR_DOMAIN, metadata }),
  ];
  if (violations.length > 0) {
    const fieldViolations = violations.map((one) => ({
      field: cleanText(one.field, TEXT_MAX),
      description: cleanText(one.description, TEXT_MAX),
    }));
    details.push(BadRequest.fromPartial({ fieldViolations }));
  }
  const delayMs = source.retryDelayMs ?? row.retryDelayMs;
  if (row.retryDelayMs !== undefined && delayMs !== undefined) {
    const seconds = Math.floor(delayMs / 1_000);
    const nanos = Math.round((delayMs - seconds * 1_000) * 1e6);
    details.push(RetryInfo.fromPartial({ retryDelay: { seconds, nanos } }));
  }
  if (row.resource !== undefined) {
    const resourceName = metadata[row.resource] ?? '';
    const resourceType = row.resource === 'position' ? 'dead_letter' : row.resource;
    details.push(ResourceInfo.fromPartial({ resourceType, resourceName, description: message }));
  }
  if (row.code === Status.FAILED_PRECONDITION) {
    const subject = metadata['field'] ?? 'batch_number';
    details.push(
      PreconditionFailure.fromPartial({
        violations: [{ type: reason, subject, description: message }],
      }),
    );
  }
  return details;
}

/** google.rpc.Status { code = 1, message = 2, repeated Any details = 3 }; the package has it, but does not export it. */
function encodeStatus(code: Status, message: string, details: readonly ErrorDetails[]): Uint8Array {
  const writer = new BinaryWriter();
  writer.uint32(8).int32(code).uint32(18).string(message);
  for (const one of details) {
    const any = {
      $type: Any.$type,
      typeUrl: `type.googleapis.com/${one.$type}`,
      value: encodeOne(one),
    };
    writer.uint32(26).bytes(Any.encode(any).finish());
  }
  return writer.finish();
}

function encodeOne(detail: ErrorDetails): Uint8Array {
  switch (detail.$type) {
    case ErrorInfo.$type:
      return ErrorInfo.encode(detail).finish();
    case BadRequest.$type:
      return BadRequest.encode(detail).finish();
    case RetryInfo.$type:
      return RetryInfo.encode(detail).finish();
    case ResourceInfo.$type:
      return ResourceInfo.encode(detail).finish();
    case PreconditionFailure.$type:
      return PreconditionFailure.encode(detail).finish();
    default:
      throw new Error(`error detail ${detail.$type} is not one that the gateway sends`);
  }
}

// A lone surrogate makes encodeURI (grpc-js encodes the message with it) throw; control characters confuse terminals and logs.
const UNSAFE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]|\p{Cc}/gu;

/** Cuts a text to `max` UTF-16 units and replaces what cannot travel in a header. */
export function cleanText(text: string, max: number): string {
  const cut = text.length > max ? `${text.slice(0, max - 1)}…` : text;
  return cut.replace(UNSAFE, '\uFFFD');
}
