import { setTimeout as delay } from 'node:timers/promises';
import {
  EventStatus,
  IngestServiceDefinition,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { createChannel, createClient } from 'nice-grpc';
import type { Attempt } from '../support/history.js';
import { newEventId, payloadFor, placeOf } from './shopper-events.js';

const BATCH = 20;

/** Publishes batches one after the other, each again and again until it is answered. */
export class UnaryShopper {
  readonly #attempts: Map<string, Attempt>;
  readonly #name: string;
  readonly #channel;
  readonly #client;
  readonly #done: Promise<void>;
  #stopping = false;
  #order = 0;

  constructor(endpoint: string, attempts: Map<string, Attempt>, index: number) {
    this.#attempts = attempts;
    this.#name = `unary-${index}`;
    this.#channel = createChannel(endpoint, undefined, {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 300,
    });
    this.#client = createClient(IngestServiceDefinition, this.#channel);
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#done;
    this.#channel.close();
  }

  async #run(): Promise<void> {
    while (!this.#stopping) await this.#publish(this.#newBatch());
  }

  #newBatch(): Attempt[] {
    return Array.from({ length: BATCH }, (_, index) => {
      const attempt: Attempt = {
        eventId: newEventId(),
        key: `${this.#name}-visitor-${index % 5}`,
        order: this.#order++,
        outcome: 'unknown',
        position: undefined,
      };
      this.#attempts.set(attempt.eventId, attempt);
      return attempt;
    });
  }

  async #publish(batch: readonly Attempt[]): Promise<void> {
    const occurTime = new Date();
    const events = batch.map(({ eventId, key }) => ({
      eventId,
      anonymousId: key,
      occurTime,
      payload: payloadFor(eventId),
    }));
    for (;;) {
      try {
        const { results } = await this.#client.publish(
          { events },
          { signal: AbortSignal.timeout(5_000) },
        );
        results.forEach((result, index) => {
          const attempt = batch[index];
          if (attempt === undefined) return;
          attempt.outcome = result.status === EventStatus.REJECTED ? 'rejected' : 'accepted';
          if (result.position !== undefined) attempt.position = placeOf(result.position);
        });
        return;
      } catch {
        // No answer: the outcome is unknown, and the same batch is safe to send again.
        await delay(50);
      }
    }
  }
}
