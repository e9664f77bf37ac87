import type { ServiceModule } from '../gateway/service-module.js';
import type { BlobCache } from '../ports/blob-cache.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import { INPUT_TOPICS } from '../ports/topics.js';
import { adminModule } from './admin-service.js';
import { openAppendQueue } from './append-queue.js';
import { openDeadLetterQuota } from './dead-letter-quota.js';
import { createExaminer } from './examine-event.js';
import { horizonSeconds } from './horizon.js';
import { IdSegments } from './id-segments.js';
import { openIntake } from './intake.js';
import { DEFAULT_LIMITS, type IngestLimits } from './limits.js';
import { wholeObserver, type IngestObserver } from './observer.js';
import { publish } from './publish.js';
import { type PublishEvent, publishEventTo } from './publish-event.js';
import { publishStream } from './publish-stream.js';
import { restoreDuplicates } from './restore-duplicates.js';
import { openWaitingRoom } from './waiting-room.js';
import { wireIngestDefinition } from './wire-definition.js';
import type { WireIngestDefinition } from './wire-definition.js';

export interface IngestOptions {
  /** Holds the input topics and the dead letters. Stays open when ingest closes. */
  readonly log: EventLog;
  readonly clock: Clock;
  /** See IngestLimits for the defaults. */
  readonly limits?: Partial<IngestLimits> | undefined;
  readonly observe?: Partial<IngestObserver> | undefined;
  /** Keeps where known ids belong, 5 bytes each, so that a start need not read them back from the log. */
  readonly idCache?: BlobCache | undefined;
  /** Records whose ids are kept together; default 65,536. */
  readonly idSegmentRecords?: number | undefined;
}

/** What ingest gives to the gateway. */
export interface Ingest {
  /** IngestService and AdminService. */
  readonly modules: readonly ServiceModule[];
  /** The way in for events of the server's own making. */
  readonly publishEvent: PublishEvent;
  /** How far back an event id is known, in seconds: the youngest of the partitions' oldest records that count. */
  horizonSeconds(): Promise<number>;
  /** Bytes that the known event ids take. */
  readonly duplicateBytes: number;
  /** Waits until every batch that was taken is settled. */
  close(): Promise<void>;
}

/**
 * Opens ingest. With a log that has one writer it first restores the ids of the duplicate horizon: from `idCache` what that
 * has, the rest from the log (1 to 2 million records per second). Throws the log's errors.
 */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { log, clock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const observer = wholeObserver(options.observe);
  const { horizonRecords } = limits;
  // Where others write too, only the folds can drop repeats.
  const { singleWriter } = log.capabilities;
  const segments = singleWriter ? await openSegments(options, limits) : undefined;
  const duplicates = singleWriter
    ? await restoreDuplicates({ log, horizonRecords, segments })
    : undefined;
  const intake = openIntake({
    log,
    queue: openAppendQueue(log),
    clock,
    examiner: createExaminer(log.partitions),
    duplicates,
    observer,
    quota: openDeadLetterQuota(clock, limits.deadLetterBytesPerHour),
    room: openWaitingRoom(limits, observer),
  });
  const parts = {
    intake,
    observer,
    credit: { batches: limits.streamBatchesMax, bytes: limits.streamBytesMax },
  };
  const ingestModule: ServiceModule<WireIngestDefinition> = {
    definition: wireIngestDefinition(),
    implementation: {
      publish: (request, context) => publish(request, context, parts),
      publishStream: (requests, context) => publishStream(requests, context, parts),
    },
  };
  return {
    modules: [ingestModule, adminModule({ log, intake })],
    publishEvent: publishEventTo(intake),
    horizonSeconds: () => horizonSeconds({ log, clock, horizonRecords }),
    get duplicateBytes() {
      return duplicates?.bytes ?? 0;
    },
    async close() {
      await intake.close();
      await segments?.idle();
    },
  };
}

async function openSegments(
  { idCache, idSegmentRecords, log }: IngestOptions,
  { horizonRecords }: IngestLimits,
): Promise<IdSegments | undefined> {
  if (idCache === undefined) return undefined;
  return await IdSegments.open({
    cache: idCache,
    sources: log.partitions * INPUT_TOPICS.length,
    horizonRecords,
    segmentRecords: idSegmentRecords,
  });
}
