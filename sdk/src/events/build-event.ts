import { Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { validateEvent, type Violation } from '@bytebasket/proto/validation';
import { EventRejectedError } from '../errors/errors.js';
import type { Reason } from '../errors/reasons.js';
import type { EventIdSource } from './event-ids.js';
import type { ContextInput, EventInput, Identity } from './event-input.js';

/** An event that was checked and encoded once; these bytes are what is queued, sent and sent again. */
export interface BuiltEvent {
  readonly eventId: string;
  readonly bytes: Uint8Array;
}

/** What an event takes from its client when the call leaves it out. */
export interface EventDefaults {
  readonly identity: Identity;
  readonly eventIds: EventIdSource;
  readonly nowMs: () => number;
  readonly encode: (event: Event) => Uint8Array;
}

/**
 * Makes an encoder that keeps its writer: growing a new one for every event costs more than the encoding. An encoding
 * that throws leaves the writer in the middle of a message, so the next one starts with a new writer.
 */
export function createEventEncoder(): (event: Event) => Uint8Array {
  let spare: ReturnType<typeof Event.encode> | undefined;
  return (event) => {
    const writer = spare;
    spare = undefined;
    const written = Event.encode(event, writer);
    const bytes = written.finish();
    spare = written;
    return bytes;
  };
}

/** Rules whose violation has a reason of its own; every other one is FIELD_INVALID. */
const RULE_REASONS: ReadonlyMap<string, Reason> = new Map<string, Reason>([
  ['order.total_adds_up', 'ORDER_TOTAL_MISMATCH'],
  ['refund.lines_within_total', 'REFUND_TOTAL_MISMATCH'],
]);

/**
 * Completes, checks and encodes an event. The check is the one that the gateway runs, generated from the contract.
 * Throws EventRejectedError (not retryable) naming the field at fault.
 */
export function buildEvent(input: EventInput, defaults: EventDefaults): BuiltEvent {
  const eventId = input.eventId ?? defaults.eventIds();
  try {
    const event = completeEvent(input, eventId, defaults);
    const violations = validateEvent(event);
    if (violations !== undefined) throw rejected(eventId, violations);
    return { eventId, bytes: defaults.encode(event) };
  } catch (error) {
    if (error instanceof EventRejectedError) throw error;
    throw misshapen(eventId, input, error);
  }
}

function completeEvent(input: EventInput, eventId: string, defaults: EventDefaults): Event {
  const { identity } = defaults;
  // Input is DeepPartial with undefined and read-only lists allowed, which `fromPartial` takes as absent and copies.
  const event = Event.fromPartial({ payload: input.payload } as Parameters<
    typeof Event.fromPartial
  >[0]);
  event.eventId = eventId;
  event.anonymousId = input.anonymousId ?? identity.anonymousId ?? '';
  event.userId = input.userId ?? identity.userId ?? '';
  event.sessionId = input.sessionId ?? identity.sessionId ?? '';
  event.occurTime = input.occurTime ?? new Date(defaults.nowMs());
  event.context = contextOf(identity.context, input.context);
  return event;
}

function contextOf(
  base: ContextInput | undefined,
  own: ContextInput | undefined,
): Context | undefined {
  if (base === undefined && own === undefined) return undefined;
  return Context.fromPartial({ ...base, ...own } as Parameters<typeof Context.fromPartial>[0]);
}

function rejected(eventId: string, violations: readonly Violation[]): EventRejectedError {
  const first = violations[0];
  const field = first?.field ?? '';
  const rule = first?.rule ?? '';
  const message = `event ${eventId} was not queued: ${first?.message ?? 'it breaks the contract'}`;
  return new EventRejectedError(message, {
    eventId,
    reason: RULE_REASONS.get(rule) ?? 'FIELD_INVALID',
    rejectedBy: 'client',
    field,
    rule,
    violations: violations.map(({ field, rule, message }) => ({ field, rule, message })),
  });
}

/**
 * For callers without types: a value of the wrong kind breaks the conversion or the encoding itself. A missing payload
 * never comes here: the check names it.
 */
function misshapen(eventId: string, input: EventInput, cause: unknown): EventRejectedError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const name = input.payload.$case.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new EventRejectedError(
    `event ${eventId} was not queued: a value of ${name} has the wrong type (${why}): compare with the contract`,
    { eventId, reason: 'FIELD_INVALID', rejectedBy: 'client', field: name, rule: 'type', cause },
  );
}
