import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';

/** Reasons that a gateway gives, by their names in `bytebasket.error.v1.ErrorReason` without the prefix. */
export type GatewayReason = Exclude<keyof typeof ErrorReason, 'UNSPECIFIED' | 'UNRECOGNIZED'>;

/** Reasons that arise in the SDK and never travel. */
export type ClientReason =
  /** An option is out of its range or conflicts with another. */
  | 'OPTION_INVALID'
  /** The queue is full and the overflow policy refuses. */
  | 'QUEUE_FULL'
  /** The queue was full and its overflow policy dropped this event. */
  | 'EVENT_DROPPED'
  /** The event was damaged on the disk while it was queued. */
  | 'EVENT_LOST'
  /** The disk-backed queue cannot write any more. */
  | 'QUEUE_FAILED'
  /** Another client holds the queue's folder. */
  | 'QUEUE_LOCKED'
  /** The client was closed. */
  | 'CLIENT_CLOSED'
  /** A result holds more than the caller allowed. */
  | 'RESULT_TOO_LARGE'
  /** The other side broke the protocol. */
  | 'PROTOCOL_VIOLATED'
  /** A watch broke before its first checkpoint: changes may be missing. */
  | 'WATCH_INTERRUPTED'
  /** Something that the SDK needs is not installed. */
  | 'PACKAGE_MISSING'
  /** A failure without a reason of ours, such as a refused connection: go by the code. */
  | 'UNKNOWN';

/** Why something failed. Growing: treat a reason that you do not know by its code. */
export type Reason = GatewayReason | ClientReason;

const RETRYABLE: ReadonlySet<Reason> = new Set<Reason>([
  'BATCH_OUT_OF_ORDER',
  'GATEWAY_SATURATED',
  'LOG_UNAVAILABLE',
  'SHUTTING_DOWN',
  'DEADLINE_EXCEEDED',
  'SUBSCRIBER_TOO_SLOW',
  'TOO_MANY_SUBSCRIBERS',
  'TRANSACTION_UNKNOWN_YET',
  'OUTCOME_UNKNOWN',
  'RECOMMENDER_STARTING',
]);

/** The gateway works but is not that far yet: it answers in a moment. */
const NOT_YET: ReadonlySet<Reason> = new Set<Reason>([
  'TRANSACTION_UNKNOWN_YET',
  'OUTCOME_UNKNOWN',
  'RECOMMENDER_STARTING',
]);

/** Turns the name from a google.rpc.ErrorInfo into a reason; a name that this SDK does not know becomes UNKNOWN. */
export function reasonOf(name: string): Reason {
  const short = name.startsWith('ERROR_REASON_') ? name.slice('ERROR_REASON_'.length) : name;
  return Object.hasOwn(ErrorReason, short) && isGatewayReason(short) ? short : 'UNKNOWN';
}

/** Turns the number from a rejection into a reason; a number that this SDK does not know becomes UNKNOWN. */
export function reasonOfNumber(value: number): Reason {
  const name: string | undefined = ErrorReason[value];
  return name === undefined ? 'UNKNOWN' : reasonOf(name);
}

/** Whether trying the same again may succeed, by reason; undefined when only the code can tell. */
export function reasonRetryable(reason: Reason): boolean | undefined {
  return reason === 'UNKNOWN' ? undefined : RETRYABLE.has(reason);
}

/** Whether to ask again for as long as there is time, rather than a few times. */
export function reasonNotYet(reason: Reason): boolean {
  return NOT_YET.has(reason);
}

function isGatewayReason(name: string): name is GatewayReason {
  return name !== 'UNSPECIFIED' && name !== 'UNRECOGNIZED' && Number.isNaN(Number(name));
}
