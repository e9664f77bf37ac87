import { randomBytes } from 'node:crypto';
import { openConnection, type Connection } from './connection/connection.js';
import { ClientClosedError } from './errors/errors.js';
import { createEventIds } from './events/event-ids.js';
import { createEventEncoder, type EventDefaults } from './events/build-event.js';
import type { Identity } from './events/event-input.js';
import { createTrack } from './events/track.js';
import { createAlerts } from './fraud/alerts.js';
import { createFraud } from './fraud/fraud.js';
import { createMetrics } from './metrics/metrics.js';
import type { ByteBasketOptions } from './options/options.js';
import { resolveOptions, type ResolvedOptions } from './options/resolve.js';
import type { ByteBasket, CloseReport, SignalOption, Visitor } from './client.js';
import { createIngestCalls } from './publish/ingest-calls.js';
import { Intake } from './publish/intake.js';
import { publishAll } from './publish/publish-all.js';
import { Publisher } from './publish/publisher.js';
import type { EventQueue } from './queue/event-queue.js';
import { DiskQueue } from './queue/disk-queue.js';
import { createMemoryQueue } from './queue/memory-queue.js';
import { createRecommendations } from './recommendations/recommendations.js';
import type { ClientStats } from './stats.js';
import { createTransactions } from './transactions/transactions.js';

/** How long `close()` waits for deliveries when it is given no signal. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Makes a client of one gateway. Nothing is connected before it is used; `close` it in the end.
 *
 * Throws OptionError at once when an option is out of range or conflicts with another.
 *
 * @example
 * const bb = createByteBasket({ endpoint: 'http://localhost:50051' });
 * await bb.track.productViewed({ product: { productId: 'p-1' } }, { anonymousId: 'device-1' });
 * await bb.close();
 */
export function createByteBasket(options: ByteBasketOptions): ByteBasket {
  const settings = resolveOptions(options);
  const parts = openParts(settings);
  const { intake, publisher, reading } = parts;
  const nowMs = (): number => settings.clock.nowMs();
  const eventIds = createEventIds({ nowMs });
  const making = { eventIds, encode: createEventEncoder(), nowMs };

  const visitor = (identity: Identity): Visitor => {
    const defaults: EventDefaults = { identity, ...making };
    return {
      track: createTrack((event, signal) => intake.take(event, defaults, signal)),
      publish: (events, { signal } = {}) =>
        publishAll(events, {
          take: (event) => intake.take(event, defaults, signal),
          flush: () => publisher.flush(signal),
        }),
    };
  };
  let closing: Promise<CloseReport> | undefined;
  const close = ({ signal }: SignalOption = {}): Promise<CloseReport> => {
    closing ??= closeParts(parts, signal ?? AbortSignal.timeout(CLOSE_TIMEOUT_MS));
    return closing;
  };
  return {
    ...visitor(settings.defaults),
    visitor: (identity) => visitor(mergeIdentity(settings.defaults, identity)),
    flush: ({ signal } = {}) => publisher.flush(signal),
    resume: () => {
      publisher.resume();
    },
    close,
    metrics: createMetrics(reading, settings),
    transactions: createTransactions(reading, settings),
    fraud: createFraud(reading, settings, eventIds),
    alerts: createAlerts(reading, settings, eventIds),
    recommendations: createRecommendations(reading, settings),
    stats: () => statsOf(parts),
    [Symbol.asyncDispose]: async () => {
      await close();
    },
  };
}

interface Parts {
  readonly intake: Intake;
  readonly publisher: Publisher;
  readonly queue: EventQueue;
  readonly publishing: Connection;
  readonly reading: Connection;
}

function openParts(settings: ResolvedOptions): Parts {
  const publishing = openConnection(settings);
  const reading = openConnection(settings);
  const queue = openQueue(settings, {
    becameReady: () => {
      publisher.wake();
    },
    released: (events, bytes) => {
      intake.admission.release(events, bytes);
    },
  });
  const intake = new Intake({
    queue,
    settings,
    queued: () => {
      publisher.wake();
    },
  });
  const { admission } = intake;
  const calls = createIngestCalls(publishing);
  const publisher = new Publisher({ calls, queue, admission, settings });
  admission.occupy(queue.recovered.events, queue.recovered.bytes);
  publisher.wake();
  return { intake, publisher, queue, publishing, reading };
}

function mergeIdentity(base: Identity, own: Identity): Identity {
  const context = { ...base.context, ...own.context };
  return { ...base, ...own, context: Object.keys(context).length === 0 ? undefined : context };
}

/** What the queue tells whoever holds it. */
interface QueueEars {
  readonly becameReady: () => void;
  readonly released: (events: number, bytes: number) => void;
}

function openQueue(settings: ResolvedOptions, ears: QueueEars): EventQueue {
  const { folder } = settings.queue;
  const { batch: limits, clock, observe } = settings;
  const instance = randomBytes(6).toString('hex');
  if (folder !== undefined) {
    return new DiskQueue({ folder, limits, clock, instance, observe, ...ears });
  }
  return createMemoryQueue({ limits, nowMs: () => clock.nowMs(), instance });
}

async function closeParts(parts: Parts, signal: AbortSignal): Promise<CloseReport> {
  const { intake, publisher, queue, publishing, reading } = parts;
  intake.close();
  const cause = await publisher.flush(signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  const undelivered = intake.admission.events;
  const closed = new ClientClosedError();
  await publisher.close(closed);
  const kept = queue.durable;
  await queue.close(closed);
  publishing.close();
  reading.close();
  return undelivered === 0 ? { undelivered, kept } : { undelivered, kept, cause };
}

function statsOf({ intake, publisher, queue }: Parts): ClientStats {
  const { admission, counts } = intake;
  return {
    ...counts,
    delivered: publisher.counts.accepted,
    duplicates: publisher.counts.duplicates,
    rejected: publisher.counts.rejected,
    batches: publisher.counts.batches,
    reconnects: publisher.counts.reconnects,
    recovered: queue.recovered.events,
    queuedEvents: admission.events,
    queuedBytes: admission.bytes,
    waitingCalls: admission.waiting,
    inFlightBatches: publisher.inFlight,
    state: stateOf(intake, publisher),
  };
}

function stateOf(intake: Intake, publisher: Publisher): ClientStats['state'] {
  if (intake.closed) return 'closed';
  if (publisher.stopError !== undefined) return 'stopped';
  return intake.admission.events > 0 ? 'sending' : 'idle';
}
