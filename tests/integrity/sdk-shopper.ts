import { setTimeout as delay } from 'node:timers/promises';
import { createByteBasket, type ByteBasket } from '@bytebasket/sdk';
import type { Attempt } from '../support/history.js';
import { newEventId, payloadFor } from './shopper-events.js';

/** Tracks events of three visitors through the SDK's stream as fast as its queue takes them. */
export class SdkShopper {
  readonly #attempts: Map<string, Attempt>;
  readonly #client: ByteBasket;
  readonly #done: Promise<void>;
  #stopping = false;

  constructor(endpoint: string, attempts: Map<string, Attempt>) {
    this.#attempts = attempts;
    this.#client = createByteBasket({
      endpoint,
      batch: { eventsMax: 50, intervalMs: 10 },
      queue: { eventsMax: 500, overflow: 'wait' },
      retry: { delayBaseMs: 50, delayMaxMs: 300 },
    });
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
    await this.#client.flush({ signal: AbortSignal.timeout(30_000) });
    await this.#client.close();
  }

  async #run(): Promise<void> {
    for (let order = 0; !this.#stopping; order++) {
      const eventId = newEventId();
      const key = `sdk-visitor-${order % 3}`;
      const attempt: Attempt = { eventId, key, order, outcome: 'unknown', position: undefined };
      this.#attempts.set(eventId, attempt);
      const payload = payloadFor(eventId);
      const options = { anonymousId: key, eventId };
      const receipt =
        payload.$case === 'pageViewed'
          ? await this.#client.track.pageViewed(payload.value, options)
          : await this.#client.track.productViewed({ product: { productId: 'p-1' } }, options);
      receipt.delivered.then(
        ({ position }) => {
          attempt.outcome = 'accepted';
          attempt.position = `${position.stream}/${position.partition}/${position.offset}`;
        },
        () => {
          attempt.outcome = 'rejected';
        },
      );
      if (order % 20 === 0) await delay(1);
    }
  }
}
