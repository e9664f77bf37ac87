import { HealthDefinition } from 'nice-grpc-server-health';
import {
  EventStatus,
  IngestServiceDefinition,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type { Attempt } from '../../support/history.js';
import {
  detailedClients,
  failureOf,
  ownChannel,
  type Failure,
} from '../../support/test-gateway.js';
import { newEventId, placeOf } from '../shopper-events.js';

const BATCH = 50;
const BATCHES_MAX = 400;
const OCCUR_TIME = new Date();
/** Makes an event about 2 KiB large, so that a small limit is reached soon. */
const PATH = `/${'x'.repeat(2_000)}`;

/** One client of a product whose disk is going to fail: it knows what it sent and what it was told. */
export class FaultShop {
  readonly attempts = new Map<string, Attempt>();
  readonly #endpoint: string;
  #order = 0;

  constructor(endpoint: string, attempts: ReadonlyMap<string, Attempt> = new Map()) {
    this.#endpoint = endpoint;
    this.attempts = new Map(attempts);
  }

  /** Publishes batches until one is refused as a whole; its events stay `unknown`. */
  async publishUntilRefused(): Promise<Failure> {
    for (let batch = 0; batch < BATCHES_MAX; batch++) {
      const events = this.#newBatch();
      const refused = await this.#refused(events);
      if (refused !== undefined) return refused;
    }
    throw new Error(`${BATCHES_MAX} batches were accepted: the disk never failed`);
  }

  /** The refusal of one more batch; undefined when it was accepted. */
  async publish(): Promise<Failure | undefined> {
    return await this.#refused(this.#newBatch());
  }

  /** Sends everything again that was not answered. */
  async resend(): Promise<void> {
    const open = [...this.attempts.values()].filter(({ outcome }) => outcome === 'unknown');
    for (let from = 0; from < open.length; from += BATCH) {
      const refused = await this.#refused(open.slice(from, from + BATCH));
      if (refused !== undefined) throw new Error(`refused after the restart: ${refused.message}`);
    }
  }

  accepted(): number {
    return [...this.attempts.values()].filter(({ outcome }) => outcome === 'accepted').length;
  }

  /** The status of the whole server in grpc.health.v1: 1 serving, 2 not serving. */
  async health(): Promise<number> {
    const channel = ownChannel(this.#endpoint);
    try {
      return (await detailedClients.create(HealthDefinition, channel).check({ service: '' }))
        .status;
    } finally {
      channel.close();
    }
  }

  /** How many metrics the server has: an answer that needs no disk. */
  async metrics(): Promise<number> {
    const channel = ownChannel(this.#endpoint);
    try {
      const client = detailedClients.create(MetricsServiceDefinition, channel);
      return (await client.listMetrics({})).metrics.length;
    } finally {
      channel.close();
    }
  }

  async #refused(batch: readonly Attempt[]): Promise<Failure | undefined> {
    const channel = ownChannel(this.#endpoint);
    const client = detailedClients.create(IngestServiceDefinition, channel);
    const events = batch.map(({ eventId, key }) => ({
      eventId,
      anonymousId: key,
      occurTime: OCCUR_TIME,
      context: { page: { path: PATH } },
      payload: { $case: 'pageViewed' as const, value: { category: 'home' } },
    }));
    let refused: Failure | undefined;
    try {
      refused = await failureOf(
        client.publish({ events }).then(({ results }) => {
          results.forEach((result, index) => answered(batch[index], result));
          throw new Accepted();
        }),
      );
    } catch (error) {
      if (!((error as Error).cause instanceof Accepted)) throw error;
    } finally {
      channel.close();
    }
    return refused;
  }

  #newBatch(): Attempt[] {
    return Array.from({ length: BATCH }, (_, index) => {
      const eventId = newEventId();
      const attempt: Attempt = {
        eventId,
        key: `visitor-${index % 5}`,
        order: this.#order++,
        outcome: 'unknown',
        position: undefined,
      };
      this.attempts.set(eventId, attempt);
      return attempt;
    });
  }
}

/** Not a failure: the batch was taken. */
class Accepted extends Error {}

interface Answer {
  readonly status: EventStatus;
  readonly position?: Parameters<typeof placeOf>[0] | undefined;
}

function answered(attempt: Attempt | undefined, { status, position }: Answer): void {
  if (attempt === undefined) throw new Error('more results than events');
  attempt.outcome = status === EventStatus.REJECTED ? 'rejected' : 'accepted';
  if (position !== undefined) attempt.position = placeOf(position);
}
