import type { Violation } from '@bytebasket/proto/validation';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from './service-error.js';

/**
 * FIELD_INVALID for what a generated check found: the first violation is the message and the metadata, all of them
 * (at most 20) are the google.rpc.BadRequest. `violations`: at least one.
 */
export function fieldError(violations: readonly Violation[]): ServiceError {
  const first = violations[0];
  if (first === undefined)
    throw new RangeError('fieldError without a violation: pass at least one');
  return new ServiceError(ErrorReason.FIELD_INVALID, first.message, {
    metadata: { field: first.field, rule: first.rule, value: first.value },
    violations: violations.map(({ field, message }) => ({ field, description: message })),
  });
}
