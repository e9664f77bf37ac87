import { Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import {
  FraudServiceDefinition,
  ScoreTransactionRequest,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import type { LineItem } from '@bytebasket/proto/gen/bytebasket/event/v1/product';
import type { Connection } from '../connection/connection.js';
import { callRead } from '../connection/retry.js';
import { OptionError } from '../errors/errors.js';
import type { EventIdSource } from '../events/event-ids.js';
import type { Identity, Input, PayloadInput } from '../events/event-input.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { present } from '../reading/present.js';
import { callOptions, type ReadOptions } from '../reading/read-options.js';
import { decisionOf, type Decision } from './decision.js';
import {
  LABEL_SOURCES,
  LABEL_VERDICTS,
  type LabelSourceName,
  type LabelVerdictName,
} from './label.js';

/** The payment that is about to be made. Who makes it comes from the client's `defaults` where it is left out. */
export interface ScoreInput extends Identity, ReadOptions {
  /** The payment as `track.paymentAttempted` will take it; `decisionId` stays empty. */
  readonly payment: PayloadInput<'paymentAttempted'>;
  /** What is bought, at most 500 lines; default unknown. */
  readonly lines?: readonly Input<LineItem>[] | undefined;
}

/** What the shop learned about a transaction. */
export interface LabelInput extends ReadOptions {
  /** The order's id or a payment's. Of several payments the last one authorised is meant, else the last one tried. */
  readonly transactionId: string;
  readonly source: LabelSourceName;
  readonly verdict: LabelVerdictName;
  /** When the shop learned it, 1970 to 9998; default now. */
  readonly knownTime?: Date | undefined;
  /** When the fraud itself happened, 1970 to 9998; default unknown. */
  readonly fraudTime?: Date | undefined;
  /** A remark without personal data, at most 512 characters; default none. */
  readonly note?: string | undefined;
  /** Identity of the label's event, a UUIDv7 in lower case; default a new one for each call. */
  readonly eventId?: string | undefined;
}

/** Where a label went. */
export interface LabelReceipt {
  /** The payment that was labelled. */
  readonly paymentId: string;
  /** The label's event. */
  readonly eventId: string;
}

/** Asks about payments before they are made, and tells what came out later. Errors of all: FIELD_INVALID, KEY_INVALID, SCOPE_MISSING. */
export interface Fraud {
  /**
   * Decides about a payment before it is made. The decision is durable; asked again about the same `paymentId` it is the
   * same. Put its `decisionId` into `track.paymentAttempted`. Tries again what may pass. Errors: GATEWAY_SATURATED,
   * LOG_UNAVAILABLE, DEADLINE_EXCEEDED (decide in the shop what then happens, such as taking the payment).
   *
   * @example
   * const payment = { paymentId: 'pay-1', amount: money('EUR', '94.89'), method: 'card' };
   * const { action, decisionId } = await bb.fraud.score({ payment, anonymousId: 'device-1', deadlineMs: 200 });
   * if (action !== 'block') await bb.track.paymentAttempted({ ...payment, decisionId });
   */
  score(input: ScoreInput): Promise<Decision>;
  /**
   * Reports what the shop learned about a transaction, such as a chargeback. Tries again what may pass (also a transaction
   * that the gateway has not seen yet) under the same event id. Errors: TRANSACTION_UNKNOWN_YET, OCCUR_TIME_IN_FUTURE,
   * LOG_UNAVAILABLE.
   */
  reportLabel(label: LabelInput): Promise<LabelReceipt>;
}

/** `eventIds` makes ids for labels. */
export function createFraud(
  connection: Connection,
  settings: ResolvedOptions,
  eventIds: EventIdSource,
): Fraud {
  const client = connection.clients.create(FraudServiceDefinition, connection.channel);
  return {
    async score(input) {
      const request = scoreRequest(input, settings.defaults);
      const { decision } = await callRead(callOptions(settings, input), (attempt) =>
        client.scoreTransaction(request, attempt),
      );
      return decisionOf(present(decision, 'decision'));
    },
    async reportLabel(label) {
      const { transactionId, knownTime, fraudTime, note = '', eventId = eventIds() } = label;
      const source = LABEL_SOURCES.codeOf(label.source, 'source');
      const verdict = LABEL_VERDICTS.codeOf(label.verdict, 'verdict');
      const times = { knownTime: knownTime ?? new Date(settings.clock.nowMs()), fraudTime };
      const request = { transactionId, source, verdict, ...times, note, eventId };
      const answer = await callRead(callOptions(settings, label), (attempt) =>
        client.reportLabel(request, attempt),
      );
      return { paymentId: answer.paymentId, eventId: answer.eventId };
    },
  };
}

/** Throws OptionError for a value of the wrong type; the contract's other rules are the gateway's to check. */
function scoreRequest(input: ScoreInput, defaults: Identity): ScoreTransactionRequest {
  const { payment, lines } = input;
  const context = { ...defaults.context, ...input.context };
  try {
    // Input is DeepPartial with undefined and read-only lists allowed, which `fromPartial` takes as absent and copies.
    const parts = { payment, lines } as Parameters<typeof ScoreTransactionRequest.fromPartial>[0];
    const surroundings = context as Parameters<typeof Context.fromPartial>[0];
    const request: ScoreTransactionRequest = {
      ...ScoreTransactionRequest.fromPartial(parts),
      anonymousId: input.anonymousId ?? defaults.anonymousId ?? '',
      userId: input.userId ?? defaults.userId ?? '',
      sessionId: input.sessionId ?? defaults.sessionId ?? '',
      context: Object.keys(context).length === 0 ? undefined : Context.fromPartial(surroundings),
    };
    // What the types do not allow would otherwise fail inside the call, where it looks like a fault of the connection.
    ScoreTransactionRequest.encode(request);
    return request;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError(
      'payment',
      `a value of the payment, its lines or its context has the wrong type (${why}): compare with the contract`,
    );
  }
}
