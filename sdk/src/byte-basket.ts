import { randomBytes } from 'node:crypto';
import { openConnection, type Connection } from './connection/connection.js';
import { ClientClosedError } from './errors/errors.js';
import { createEventIds } from './events/event-ids.js';
import type { EventDefaults } from './events/build-event.js';
import type { Identity } from './events/event-input.js';
import { createTrack } from './events/track.js';
import { createMetrics } from './metrics/metrics.js';
import type { ByteBasketOptions } from './options/options.js';
import { resolveOptions, type ResolvedOptions } from './options/resolve.js';
import type { ByteBasket, CloseReport, Visitor } from './client.js';
import { createIngestCalls } from './publish/ingest-calls.js';
import { Intake } from './publish/intake.js';
import { publishAll } from './publish/publish-all.js';
import { Publisher } from './publish/publisher.js';
import type { EventQueue } from './queue/event-queue.js';
import { createMemoryQueue } from './queue/memory-queue.js';
import type { ClientStats } from './stats.js';

/** How long `close()` waits for deliveries when it is given no signal. */
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Makes a client of one gateway. Nothing is connected before it is used; `close` it in the end.
 *
 * Throws OptionError at once when an option is out of range or conflicts with another.
 *
 * @example
 * const bb = createByteBasket({ endpoint: 'http://localhost:7070' });
 * await bb.track.productViewed({ product: { productId: 'p-1' } }, { anonymousId: 'device-1' });
 * await bb.close();
 */
export function createByteBasket(options: ByteBasketOptions): ByteBasket {
  const settings = resolveOptions(options);
  const publishing = openConnection(settings);
  const reading = openConnection(settings);
  const queue = openQueue(settings);
  const intake = new Intake({
    queue,
    settings,
    queued: () => {
      publisher.wake();
    },
  });
  const publisher = new Publisher({
    calls: createIngestCalls(publishing),
    queue,
    admission: intake.admission,
    settings,
  });
  const eventIds = createEventIds({ nowMs: () => settings.clock.nowMs() });

  const visitor = (identity: Identity): Visitor => {
    const defaults: EventDefaults = { identity, eventIds, nowMs: () => settings.clock.nowMs() };
    const track = createTrack((event, signal) => intake.take(event, defaults, signal));
    return {
      track,
      publish: (events, { signal } = {}) =>
        publishAll(events, {
          take: (event) => intake.take(event, defaults, signal),
          flush: () => publisher.flush(signal),
        }),
    };
  };
  // Released together, whatever ends the client.
  const close = createClose({ intake, publisher, queue, connections: [publishing, reading] });
  return {
    ...visitor(settings.defaults),
    visitor: (identity) => visitor({ ...settings.defaults, ...identity }),
    flush: ({ signal } = {}) => publisher.flush(signal),
    resume: () => {
      publisher.resume();
    },
    close: ({ signal } = {}) => close(signal ?? AbortSignal.timeout(CLOSE_TIMEOUT_MS)),
    metrics: createMetrics(reading, settings),
    stats: () => statsOf(intake, publisher),
    [Symbol.asyncDispose]: async () => {
      await close(AbortSignal.timeout(CLOSE_TIMEOUT_MS));
    },
  };
}

/** Opens the queue and takes the room of what an earlier process left in it. */
function openQueue(settings: ResolvedOptions): EventQueue {
  return createMemoryQueue({
    limits: settings.batch,
    nowMs: () => settings.clock.nowMs(),
    instance: randomBytes(6).toString('hex'),
  });
}

interface Parts {
  readonly intake: Intake;
  readonly publisher: Publisher;
  readonly queue: EventQueue;
  readonly connections: readonly Connection[];
}

/** Closing once; a second call gets the first one's report. */
function createClose(parts: Parts): (signal: AbortSignal) => Promise<CloseReport> {
  let closing: Promise<CloseReport> | undefined;
  return (signal) => {
    closing ??= closeParts(parts, signal);
    return closing;
  };
}

async function closeParts(parts: Parts, signal: AbortSignal): Promise<CloseReport> {
  const { intake, publisher, queue, connections } = parts;
  intake.close();
  const cause = await publisher.flush(signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  const undelivered = intake.admission.events;
  await publisher.close(new ClientClosedError());
  const kept = queue.durable;
  await queue.close();
  for (const connection of connections) connection.close();
  return undelivered === 0 ? { undelivered, kept } : { undelivered, kept, cause };
}

function statsOf(intake: Intake, publisher: Publisher): ClientStats {
  const { admission, counts } = intake;
  return {
    ...counts,
    delivered: publisher.counts.accepted,
    duplicates: publisher.counts.duplicates,
    rejected: publisher.counts.rejected,
    batches: publisher.counts.batches,
    reconnects: publisher.counts.reconnects,
    recovered: 0,
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
