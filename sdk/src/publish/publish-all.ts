import { isByteBasketError, type ByteBasketError } from '../errors/byte-basket-error.js';
import { isEventRejectedError, type EventRejectedError } from '../errors/errors.js';
import type { EventInput } from '../events/event-input.js';
import type { DeliveredPosition, TrackReceipt } from './receipt.js';

/** What became of one event of a `publish`. */
export type PublishResult =
  /** Durable now, or before (`duplicate`; the position is then the original's). */
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly eventId: string;
      readonly position: DeliveredPosition;
    }
  /** Will never be taken as it is. */
  | {
      readonly status: 'rejected';
      readonly eventId: string;
      readonly error: EventRejectedError;
    }
  /** Was not queued, or dropped from the queue: its overflow policy, or the disk. */
  | { readonly status: 'dropped'; readonly error: ByteBasketError };

export interface PublishAllOptions {
  readonly take: (event: EventInput) => Promise<TrackReceipt>;
  /** Resolves when everything queued by now is answered. */
  readonly flush: () => Promise<void>;
}

/** Events that wait for the disk together. */
const SLICE_EVENTS = 500;

/** Queues all events in order and waits until each has its answer. */
export async function publishAll(
  events: readonly EventInput[],
  options: PublishAllOptions,
): Promise<readonly PublishResult[]> {
  const taken: PromiseSettledResult<TrackReceipt>[] = [];
  for (let start = 0; start < events.length; start += SLICE_EVENTS) {
    const slice = events.slice(start, start + SLICE_EVENTS);
    taken.push(...(await Promise.allSettled(slice.map(options.take))));
  }
  await options.flush();
  return await Promise.all(taken.map(resultOf));
}

async function resultOf(taken: PromiseSettledResult<TrackReceipt>): Promise<PublishResult> {
  if (taken.status === 'rejected') return failureOf(taken.reason);
  try {
    const { duplicate, eventId, position } = await taken.value.delivered;
    return { status: duplicate ? 'duplicate' : 'accepted', eventId, position };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): PublishResult {
  if (isEventRejectedError(error)) return { status: 'rejected', eventId: error.eventId, error };
  if (isByteBasketError(error) && error.reason !== 'CLIENT_CLOSED') {
    return { status: 'dropped', error };
  }
  throw error;
}
