import { ByteBasketError, hasKind, type ErrorFacts } from './byte-basket-error.js';
import type { Reason } from './reasons.js';

/** One broken rule of the contract. */
export interface RuleViolation {
  /** Path of the field in proto names, such as `product_added.quantity`. */
  readonly field: string;
  /** The rule, such as `int32.gte` or `order.one_currency`. */
  readonly rule: string;
  /** What happened, the value and what to do. */
  readonly message: string;
}

/** What an `EventRejectedError` tells besides the facts of every error. */
export interface RejectionFacts {
  readonly eventId: string;
  readonly reason: Reason;
  readonly rejectedBy: 'client' | 'gateway';
  readonly field: string;
  readonly rule: string;
  readonly violations?: readonly RuleViolation[];
  readonly cause?: unknown;
}

/**
 * An event breaks the contract and will never be accepted as it is. `rejectedBy` tells who found out: `client` before
 * it was queued (nothing was sent), `gateway` afterwards (it lies in the dead letters unless the reason is NOT_KEPT).
 */
export class EventRejectedError extends ByteBasketError {
  override readonly name = 'EventRejectedError';
  /** Id of the event. */
  readonly eventId: string;
  readonly rejectedBy: 'client' | 'gateway';
  /** The rule that was broken; empty when the reason says it all. */
  readonly rule: string;
  /** Every broken rule that was found, at most 20. */
  readonly violations: readonly RuleViolation[];

  constructor(message: string, facts: RejectionFacts) {
    const { eventId, reason, field, rule, cause } = facts;
    const metadata = { event_id: eventId, field, rule };
    super(message, { reason, code: 'INVALID_ARGUMENT', retryable: false, field, metadata, cause }, [
      'EventRejectedError',
    ]);
    this.eventId = eventId;
    this.rejectedBy = facts.rejectedBy;
    this.rule = rule;
    this.violations = facts.violations ?? [{ field, rule, message }];
  }
}

/** The gateway refused the key, its scope or the client id. Sending stopped; the queue is kept until `resume()`. */
export class AccessDeniedError extends ByteBasketError {
  override readonly name = 'AccessDeniedError';

  constructor(message: string, facts: ErrorFacts) {
    super(message, facts, ['AccessDeniedError']);
  }
}

/** The queue has no room: wait for deliveries, raise `queue.eventsMax` or `queue.bytesMax`, or choose another overflow. */
export class QueueFullError extends ByteBasketError {
  override readonly name = 'QueueFullError';

  constructor(message: string, metadata: Readonly<Record<string, string>>) {
    super(
      message,
      { reason: 'QUEUE_FULL', code: 'RESOURCE_EXHAUSTED', retryable: true, metadata },
      ['QueueFullError'],
    );
  }
}

/** The overflow policy dropped this event: it was never sent and never will be. */
export class EventDroppedError extends ByteBasketError {
  override readonly name = 'EventDroppedError';
  readonly eventId: string;

  constructor(eventId: string) {
    super(
      `event ${eventId} was dropped because the queue was full: raise queue.eventsMax or queue.bytesMax`,
      {
        reason: 'EVENT_DROPPED',
        code: 'RESOURCE_EXHAUSTED',
        retryable: false,
        metadata: { event_id: eventId },
      },
      ['EventDroppedError'],
    );
    this.eventId = eventId;
  }
}

/** The disk-backed queue could not write or sync: it takes no more events. What it holds is still delivered. */
export class QueueFailedError extends ByteBasketError {
  override readonly name = 'QueueFailedError';

  constructor(folder: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `the queue in ${folder} cannot write (${why}): free the disk or repair it, then make a new client`,
      {
        reason: 'QUEUE_FAILED',
        code: 'UNAVAILABLE',
        retryable: false,
        metadata: { folder },
        cause,
      },
      ['QueueFailedError'],
    );
  }
}

/** An event of a disk-backed queue was damaged on the disk after it had been written; it is not delivered. */
export class EventLostError extends ByteBasketError {
  override readonly name = 'EventLostError';
  readonly eventId: string;

  constructor(eventId: string, folder: string) {
    super(
      `event ${eventId} cannot be read back from the queue in ${folder}: check the disk and publish it again`,
      {
        reason: 'EVENT_LOST',
        code: 'DATA_LOSS',
        retryable: false,
        metadata: { event_id: eventId, folder },
      },
      ['EventLostError'],
    );
    this.eventId = eventId;
  }
}

/** The client was closed: make a new one. */
export class ClientClosedError extends ByteBasketError {
  override readonly name = 'ClientClosedError';

  constructor(message = 'the client is closed: make a new one') {
    super(message, { reason: 'CLIENT_CLOSED', code: 'CANCELLED', retryable: false }, [
      'ClientClosedError',
    ]);
  }
}

/**
 * A watch cannot go on without a gap: its resume token is older than the changes that the gateway keeps
 * (RESUME_TOKEN_EXPIRED), or it broke after values but before its first checkpoint (WATCH_INTERRUPTED). Read the present
 * state, then watch again without a token; `onGap: 'restart'` does the second by itself.
 */
export class WatchGapError extends ByteBasketError {
  override readonly name = 'WatchGapError';
  /** Everything appended to the log up to this time was delivered before; absent when no checkpoint came. */
  readonly watermarkTime: Date | undefined;

  constructor(message: string, facts: ErrorFacts, watermarkTime: Date | undefined) {
    super(message, facts, ['WatchGapError']);
    this.watermarkTime = watermarkTime;
  }
}

/** An option is wrong; thrown at once by whatever took it. */
export class OptionError extends ByteBasketError {
  override readonly name = 'OptionError';

  constructor(option: string, message: string) {
    super(
      message,
      { reason: 'OPTION_INVALID', code: 'INVALID_ARGUMENT', retryable: false, field: option },
      ['OptionError'],
    );
  }
}

export function isEventRejectedError(value: unknown): value is EventRejectedError {
  return hasKind(value, 'EventRejectedError');
}

export function isAccessDeniedError(value: unknown): value is AccessDeniedError {
  return hasKind(value, 'AccessDeniedError');
}

export function isQueueFullError(value: unknown): value is QueueFullError {
  return hasKind(value, 'QueueFullError');
}

export function isEventDroppedError(value: unknown): value is EventDroppedError {
  return hasKind(value, 'EventDroppedError');
}

export function isEventLostError(value: unknown): value is EventLostError {
  return hasKind(value, 'EventLostError');
}

export function isQueueFailedError(value: unknown): value is QueueFailedError {
  return hasKind(value, 'QueueFailedError');
}

export function isClientClosedError(value: unknown): value is ClientClosedError {
  return hasKind(value, 'ClientClosedError');
}

export function isWatchGapError(value: unknown): value is WatchGapError {
  return hasKind(value, 'WatchGapError');
}
