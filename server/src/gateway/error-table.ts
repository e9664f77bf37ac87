import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Status } from 'nice-grpc-common';

/** Reasons that never leave as the status of a call. */
export type InternalReason =
  ErrorReason.UNSPECIFIED | ErrorReason.FOLD_FAILED | ErrorReason.UNRECOGNIZED;

/** Reasons that a call may end with, or a rejected event may carry. */
export type PublicReason = Exclude<ErrorReason, InternalReason>;

/** What the gateway does with a reason. */
export interface ErrorRow {
  /** The gRPC code of a call that ends with it. */
  readonly code: Status;
  /** True when the same call may succeed later. */
  readonly retryable: boolean;
  /** Keys of ErrorInfo.metadata; each stands for a dynamic word of the message. */
  readonly metadata: readonly string[];
  /** Milliseconds in RetryInfo unless the service names others; undefined sends no RetryInfo. */
  readonly retryDelayMs?: number;
  /** The metadata key that names what was not found, for ResourceInfo. */
  readonly resource?: string;
  /** What a caller does about it, a short imperative. */
  readonly advice: string;
}

const invalid = { code: Status.INVALID_ARGUMENT, retryable: false } as const;
const exhausted = { code: Status.RESOURCE_EXHAUSTED, retryable: true } as const;
const unavailable = { code: Status.UNAVAILABLE, retryable: true } as const;
const notFound = { code: Status.NOT_FOUND, retryable: false } as const;
const denied = { code: Status.PERMISSION_DENIED, retryable: false } as const;

/**
 * THE table of errors: every public reason with its code, retryability, metadata and advice. The comments in
 * `error_reason.proto` say the same; a test holds them equal.
 */
export const ERROR_TABLE: Readonly<Record<PublicReason, ErrorRow>> = {
  [ErrorReason.FIELD_INVALID]: {
    ...invalid,
    metadata: ['field', 'rule', 'value'],
    advice: 'correct the field',
  },
  [ErrorReason.MALFORMED_MESSAGE]: {
    ...invalid,
    metadata: ['index', 'detail'],
    advice: 'encode the message by the contract',
  },
  [ErrorReason.TEXT_NOT_UTF8]: {
    ...invalid,
    metadata: ['field'],
    advice: 'encode text as UTF-8',
  },
  [ErrorReason.PAYLOAD_UNKNOWN]: {
    ...invalid,
    metadata: ['field'],
    advice: 'upgrade the gateway, then repair the dead letter',
  },
  [ErrorReason.ORDER_TOTAL_MISMATCH]: {
    ...invalid,
    metadata: ['field', 'expected', 'value'],
    advice: 'send a total that its parts give',
  },
  [ErrorReason.REFUND_TOTAL_MISMATCH]: {
    ...invalid,
    metadata: ['field', 'expected', 'value'],
    advice: 'send a total that its lines give',
  },
  [ErrorReason.OCCUR_TIME_IN_FUTURE]: {
    ...invalid,
    metadata: ['field', 'value', 'limit'],
    advice: "check the client's clock",
  },
  [ErrorReason.EVENT_ID_REUSED]: {
    code: Status.ALREADY_EXISTS,
    retryable: false,
    metadata: ['field', 'value', 'position'],
    advice: 'make a new id for a new event',
  },
  [ErrorReason.BATCH_TOO_LARGE]: {
    ...invalid,
    metadata: ['field', 'value', 'limit'],
    advice: 'send smaller batches',
  },
  [ErrorReason.NOT_KEPT]: {
    code: Status.RESOURCE_EXHAUSTED,
    retryable: false,
    metadata: ['quota_bytes', 'rejected_as'],
    advice: 'correct the events at their source',
  },
  [ErrorReason.BATCH_OUT_OF_ORDER]: {
    code: Status.FAILED_PRECONDITION,
    retryable: false,
    metadata: ['expected', 'value'],
    advice: 'go back to the expected number',
  },
  [ErrorReason.GATEWAY_SATURATED]: {
    ...exhausted,
    metadata: ['limit'],
    retryDelayMs: 100,
    advice: 'send again after the delay',
  },
  [ErrorReason.LOG_UNAVAILABLE]: {
    ...unavailable,
    metadata: [],
    retryDelayMs: 500,
    advice: 'send again after the delay; events are safe to send again',
  },
  [ErrorReason.SHUTTING_DOWN]: {
    ...unavailable,
    metadata: [],
    retryDelayMs: 200,
    advice: 'reconnect after the delay',
  },
  [ErrorReason.KEY_INVALID]: {
    code: Status.UNAUTHENTICATED,
    retryable: false,
    metadata: [],
    advice: 'send a live API key',
  },
  [ErrorReason.SCOPE_MISSING]: {
    ...denied,
    metadata: ['scope', 'method'],
    advice: 'use a key with the scope',
  },
  [ErrorReason.CLIENT_ID_FOREIGN]: {
    ...denied,
    metadata: ['field', 'value'],
    advice: "use the key's client or `<client>:<suffix>`",
  },
  [ErrorReason.DEADLINE_EXCEEDED]: {
    code: Status.DEADLINE_EXCEEDED,
    retryable: true,
    metadata: ['deadline_ms'],
    advice: 'send again; events are safe to send again',
  },
  [ErrorReason.CANCELLED]: {
    code: Status.CANCELLED,
    retryable: false,
    metadata: [],
    advice: 'nothing: the caller wanted it',
  },
  [ErrorReason.METRIC_UNKNOWN]: {
    ...notFound,
    metadata: ['metric'],
    resource: 'metric',
    advice: 'see ListMetrics',
  },
  [ErrorReason.DIMENSION_UNKNOWN]: {
    ...invalid,
    metadata: ['metric', 'field', 'value'],
    advice: 'see ListMetrics',
  },
  [ErrorReason.RANGE_TOO_LARGE]: {
    ...invalid,
    metadata: ['field', 'value', 'limit'],
    advice: 'use a shorter range or a coarser resolution',
  },
  [ErrorReason.PAGE_TOKEN_INVALID]: {
    ...invalid,
    metadata: ['field'],
    advice: 'start without a token',
  },
  [ErrorReason.RESUME_TOKEN_INVALID]: {
    ...invalid,
    metadata: ['field'],
    advice: 'start without a token',
  },
  [ErrorReason.RESUME_TOKEN_EXPIRED]: {
    code: Status.OUT_OF_RANGE,
    retryable: false,
    metadata: ['field'],
    advice: 'start without a token',
  },
  [ErrorReason.SUBSCRIBER_TOO_SLOW]: {
    ...exhausted,
    metadata: ['limit'],
    retryDelayMs: 100,
    advice: 'read faster, reconnect for a new snapshot',
  },
  [ErrorReason.TOO_MANY_SUBSCRIBERS]: {
    ...exhausted,
    metadata: ['limit'],
    retryDelayMs: 1_000,
    advice: 'try again after the delay',
  },
  [ErrorReason.DEAD_LETTER_UNKNOWN]: {
    ...notFound,
    metadata: ['position'],
    resource: 'position',
    advice: 'list the dead letters again',
  },
  [ErrorReason.METHOD_UNKNOWN]: {
    code: Status.UNIMPLEMENTED,
    retryable: false,
    metadata: ['method'],
    advice: 'list the methods by reflection',
  },
  [ErrorReason.INTERNAL]: {
    code: Status.INTERNAL,
    retryable: false,
    metadata: ['incident'],
    advice: 'give the incident to the operator',
  },
  [ErrorReason.TRANSACTION_UNKNOWN]: {
    ...notFound,
    metadata: ['transaction_id'],
    resource: 'transaction_id',
    advice: 'check the id; new events take a moment',
  },
  [ErrorReason.TRANSACTION_UNKNOWN_YET]: {
    ...unavailable,
    metadata: ['transaction_id'],
    retryDelayMs: 1_000,
    advice: 'report it again once the payment was sent',
  },
  [ErrorReason.ALERT_UNKNOWN]: {
    ...notFound,
    metadata: ['alert_id'],
    resource: 'alert_id',
    advice: 'see ListAlerts',
  },
  [ErrorReason.ALERT_VERSION_STALE]: {
    code: Status.ABORTED,
    retryable: false,
    metadata: ['alert_id', 'expected_version', 'version'],
    advice: 'read the alert again, then decide',
  },
  [ErrorReason.ALERT_TRANSITION_ILLEGAL]: {
    code: Status.FAILED_PRECONDITION,
    retryable: false,
    metadata: ['alert_id', 'from', 'to'],
    advice: 'reopen a resolved alert first',
  },
  [ErrorReason.OUTCOME_UNKNOWN]: {
    ...unavailable,
    metadata: ['request_id'],
    retryDelayMs: 500,
    advice: 'send it again with the same request_id',
  },
  [ErrorReason.RECOMMENDER_STARTING]: {
    ...unavailable,
    metadata: [],
    retryDelayMs: 1_000,
    advice: 'send again after the delay',
  },
};

/** The row of a reason; reasons that never leave are answered as INTERNAL. */
export function errorRow(reason: ErrorReason): ErrorRow {
  const rows: Readonly<Partial<Record<ErrorReason, ErrorRow>>> = ERROR_TABLE;
  return rows[reason] ?? ERROR_TABLE[ErrorReason.INTERNAL];
}

/** The table as markdown, for the README. Ends without a line break. */
export function errorTableMarkdown(): string {
  const lines = ['| reason | code | retry | metadata | what to do |', '|---|---|---|---|---|'];
  for (const [reason, row] of Object.entries(ERROR_TABLE)) {
    const name = ErrorReason[Number(reason)] ?? reason;
    const delay = row.retryDelayMs === undefined ? 'yes' : `after ${row.retryDelayMs} ms`;
    const metadata = row.metadata.map((key) => `\`${key}\``).join(', ');
    lines.push(
      `| \`${name}\` | \`${Status[row.code]}\` | ${row.retryable ? delay : 'no'} | ${metadata} | ${row.advice} |`,
    );
  }
  return lines.join('\n');
}
