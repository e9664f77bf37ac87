import { ClientClosedError, EventDroppedError, EventRejectedError } from '../errors/errors.js';
import { isByteBasketError } from '../errors/byte-basket-error.js';
import { buildEvent, type BuiltEvent, type EventDefaults } from '../events/build-event.js';
import type { EventInput } from '../events/event-input.js';
import { EVENT_BYTES_MAX, type ResolvedOptions } from '../options/resolve.js';
import { Admission } from '../queue/admission.js';
import type { QueuedEvent } from '../queue/batch.js';
import type { EventQueue } from '../queue/event-queue.js';
import { framedSize } from './frame.js';
import { QueueReceipt, type TrackReceipt } from './receipt.js';

export interface IntakeOptions {
  readonly queue: EventQueue;
  readonly settings: ResolvedOptions;
  /** Is called when something was queued. */
  readonly queued: () => void;
}

/** The way of an event from a call into the queue: check, encode, room, order, durability. */
export class Intake {
  readonly admission: Admission;
  readonly #options: IntakeOptions;
  #closed = false;
  readonly counts = { tracked: 0, refused: 0, dropped: 0 };

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.admission = new Admission({
      ...options.settings.queue,
      dropOldest: () => this.#dropOldest(),
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Takes one event. Rejects as `Track` says. Its place in the order is that of this call. */
  take(
    input: EventInput,
    defaults: EventDefaults,
    signal: AbortSignal | undefined,
  ): Promise<TrackReceipt> {
    try {
      if (this.#closed) throw new ClientClosedError();
      signal?.throwIfAborted();
      return this.#admit(this.#build(input, defaults), signal);
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Refuses every call from now on, and those that wait for room. */
  close(): void {
    this.#closed = true;
    this.admission.block(new ClientClosedError());
  }

  #build(input: EventInput, defaults: EventDefaults): BuiltEvent {
    try {
      const built = buildEvent(input, defaults);
      if (framedSize(built.bytes.length) > EVENT_BYTES_MAX) throw tooLarge(built);
      return built;
    } catch (error) {
      if (isByteBasketError(error)) this.counts.refused += 1;
      throw error;
    }
  }

  #admit(built: BuiltEvent, signal: AbortSignal | undefined): Promise<TrackReceipt> {
    const receipt = new QueueReceipt(built.eventId);
    const event = { bytes: built.bytes, size: framedSize(built.bytes.length), receipt };
    if (this.admission.tryAdmit(event.size)) {
      const durable = this.#enqueue(event);
      return durable === undefined ? Promise.resolve(receipt) : durable.then(() => receipt);
    }
    return this.#admitLater(event, signal);
  }

  async #admitLater(
    event: QueuedEvent & { readonly receipt: QueueReceipt },
    signal: AbortSignal | undefined,
  ): Promise<TrackReceipt> {
    let durable: Promise<void> | undefined;
    const admitted = await this.admission.overflow(
      event.size,
      () => {
        durable = this.#enqueue(event);
      },
      signal,
    );
    if (admitted) await durable;
    else this.#drop(event);
    return event.receipt;
  }

  /** The queue orders events by this moment; waking the publisher comes after, also for calls that waited. */
  #enqueue(event: QueuedEvent): Promise<void> | undefined {
    this.counts.tracked += 1;
    const durable = this.#options.queue.add(event);
    this.#options.queued();
    return durable;
  }

  #dropOldest(): boolean {
    const event = this.#options.queue.dropOldest();
    if (event === undefined) return false;
    this.admission.release(1, event.size);
    this.#drop(event);
    return true;
  }

  #drop(event: QueuedEvent): void {
    this.counts.dropped += 1;
    const eventId = event.receipt?.eventId;
    event.receipt?.settle(new EventDroppedError(event.receipt.eventId));
    this.#options.settings.observe({ type: 'dropped', eventId });
  }
}

function tooLarge({ eventId, bytes }: BuiltEvent): EventRejectedError {
  return new EventRejectedError(
    `event ${eventId} was not queued: it has ${bytes.length} bytes, a request holds ${EVENT_BYTES_MAX}: send less`,
    { eventId, reason: 'BATCH_TOO_LARGE', rejectedBy: 'client', field: '', rule: '' },
  );
}
