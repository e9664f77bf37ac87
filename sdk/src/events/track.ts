import { PAYLOADS } from '@bytebasket/proto/options';
import type { TrackReceipt } from '../publish/receipt.js';
import type { EventInput, PayloadInput, PayloadName, TrackOptions } from './event-input.js';

/**
 * One method per payload of the contract, such as `track.productViewed({ product: { productId: 'p-1' } })`.
 *
 * The promise resolves when the queue accepted the event: in memory at once, on disk once it is written and synced, so
 * that it survives the end of the process. It does not wait for the gateway: for that, await `receipt.delivered` or use
 * `publish`. Events of one client are delivered in the order of these calls.
 *
 * Rejects with EventRejectedError (breaks the contract; not retryable; names the field), QueueFullError (policy
 * `reject`, or too many calls waiting), QueueFailedError (disk), ClientClosedError, or the signal's reason.
 */
export type Track = {
  readonly [Name in PayloadName]: (
    payload: PayloadInput<Name>,
    options?: TrackOptions,
  ) => Promise<TrackReceipt>;
};

/** Takes one event into the queue. */
export type Enqueue = (event: EventInput, signal: AbortSignal | undefined) => Promise<TrackReceipt>;

/** Makes the methods from the contract's own table, so that a payload added there needs nothing here. */
export function createTrack(enqueue: Enqueue): Track {
  const methods: Partial<Record<PayloadName, unknown>> = {};
  for (const name of payloadNames()) {
    methods[name] = (value: PayloadInput<typeof name>, options: TrackOptions = {}) =>
      enqueue(eventOf(name, value, options), options.signal);
  }
  return Object.freeze(methods) as Track;
}

/** The names of all payloads, in the contract's order. */
export function payloadNames(): readonly PayloadName[] {
  return Object.keys(PAYLOADS) as PayloadName[];
}

function eventOf<Name extends PayloadName>(
  name: Name,
  value: PayloadInput<Name>,
  options: TrackOptions,
): EventInput {
  const { anonymousId, userId, sessionId, context, occurTime, eventId } = options;
  // The pair is right by construction; the union of all pairs is more than the compiler follows.
  const payload = { $case: name, value } as EventInput['payload'];
  return { payload, anonymousId, userId, sessionId, context, occurTime, eventId };
}
