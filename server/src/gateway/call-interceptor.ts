import { randomBytes } from 'node:crypto';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Metadata, status as Code } from '@grpc/grpc-js';
import type { ServerInterceptingCall, ServerInterceptor } from '@grpc/grpc-js';
import { Status } from 'nice-grpc-common';
import { DETAILS_KEY, toWireError } from './error-details.js';
import { cancelled, deadlineExceeded, internalError, malformedMessage } from './error-mapping.js';
import { ServiceError } from './service-error.js';

/**
 * Private metadata that hands the client's deadline (milliseconds since the Unix epoch) from grpc-js to the middleware,
 * because nice-grpc shows metadata only. The name is made anew in every process, so no client can send it.
 */
export const DEADLINE_KEY = `bytebasket-deadline-${randomBytes(8).toString('hex')}`;

type BaseCall = Parameters<ServerInterceptor>[1];
type PartialStatus = Parameters<BaseCall['sendStatus']>[0];
type Listener = Parameters<BaseCall['start']>[0];

/** Told when grpc-js ended a call that no handler saw. */
export type TransportEnd = (reason: ErrorReason) => void;

/**
 * A grpc-js interceptor for what nice-grpc does not pass on: the deadline that the client sent, and the statuses that
 * grpc-js makes by itself (too large, cannot be inflated, deadline passed), which get the contract's error details. It decorates
 * the call it is given: wrapping it in a ServerInterceptingCall would not see those statuses, and costs more.
 */
export function callInterceptor(onTransportEnd: TransportEnd): ServerInterceptor {
  return (method, call) => {
    const deadline = Number(call.getDeadline());
    const limitMs = deadline === Infinity ? 0 : deadline - Date.now();
    if (deadline !== Infinity) passDeadline(call, String(deadline));
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (status) => {
      if (status.code === Code.OK || status.metadata?.get(DETAILS_KEY)[0] !== undefined) {
        sendStatus(status);
        return;
      }
      const error = ofTransport(status, method.path, limitMs);
      if (error === undefined) {
        sendStatus(status);
        return;
      }
      const translated = detailed(error);
      if (status.code !== Code.DEADLINE_EXCEEDED) onTransportEnd(error.reason);
      sendStatus(translated);
    };
    return call as unknown as ServerInterceptingCall;
  };
}

function passDeadline(call: BaseCall, deadline: string): void {
  const start = call.start.bind(call);
  call.start = (listener: Listener) => {
    start({
      onReceiveMetadata: (metadata) => {
        metadata.set(DEADLINE_KEY, deadline);
        listener.onReceiveMetadata(metadata);
      },
      onReceiveMessage: (message) => {
        listener.onReceiveMessage(message);
      },
      onReceiveHalfClose: () => {
        listener.onReceiveHalfClose();
      },
      onCancel: () => {
        listener.onCancel();
      },
    });
  };
}

/** What grpc-js' own status means in the contract; undefined leaves it alone (codes that gRPC itself prescribes). */
function ofTransport(
  status: PartialStatus,
  path: string,
  limitMs: number,
): ServiceError | undefined {
  const details = status.details;
  switch (status.code) {
    case Code.DEADLINE_EXCEEDED:
      return deadlineExceeded(limitMs);
    case Code.CANCELLED:
      return cancelled();
    case Code.RESOURCE_EXHAUSTED:
      return details.startsWith('Received message') ? tooLarge(details) : undefined;
    case Code.INTERNAL:
      if (details.startsWith('Invalid grpc-timeout')) return timeoutInvalid(details);
      return details.startsWith('Failed to decompress')
        ? malformedMessage(path, 'it cannot be inflated')
        : internalError(details);
    case Code.UNKNOWN:
      return internalError(details);
    default:
      return undefined;
  }
}

function tooLarge(details: string): ServiceError {
  const numbers = details.match(/\d+/g) ?? [];
  const limit = numbers.at(-1) ?? '';
  return messageTooLarge(numbers.length > 1 ? (numbers[0] ?? '') : `more than ${limit}`, limit);
}

/** BATCH_TOO_LARGE for a message of `value` bytes where `limit` are allowed. */
export function messageTooLarge(value: number | string, limit: number | string): ServiceError {
  return new ServiceError(
    ErrorReason.BATCH_TOO_LARGE,
    `the request has ${value} bytes: at most ${limit}, send smaller batches`,
    { metadata: { field: '', value: String(value), limit: String(limit) } },
  );
}

function timeoutInvalid(details: string): ServiceError {
  return new ServiceError(
    ErrorReason.FIELD_INVALID,
    `${details}: send digits and one of H M S m u n`,
    { metadata: { field: 'grpc-timeout', rule: 'grpc.timeout', value: details } },
  );
}

function detailed(error: ServiceError): PartialStatus {
  const wire = toWireError(error);
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(wire.details));
  // nice-grpc and grpc-js have an enum of codes each, with the same names.
  const name = Status[wire.error.code] as keyof typeof Code;
  return { code: Code[name], details: wire.error.details, metadata };
}
