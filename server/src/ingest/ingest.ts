import type { ServiceModule } from '../gateway/service-module.js';
import type { Clock } from '../ports/clock.js';
import type { EventLog } from '../ports/event-log.js';
import { adminModule } from './admin-service.js';
import { openAppendQueue } from './append-queue.js';
import { openDeadLetterQuota } from './dead-letter-quota.js';
import { createExaminer } from './examine-event.js';
import { horizonSeconds } from './horizon.js';
import { openIntake } from './intake.js';
import { DEFAULT_LIMITS, type IngestLimits } from './limits.js';
import { wholeObserver, type IngestObserver } from './observer.js';
import { publish } from './publish.js';
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
}

/** What ingest gives to the gateway. */
export interface Ingest {
  /** IngestService and AdminService. */
  readonly modules: readonly ServiceModule[];
  /** How far back an event id is known, in seconds: the youngest of the partitions' oldest records that count. */
  horizonSeconds(): Promise<number>;
  /** Bytes that the known event ids take. */
  readonly duplicateBytes: number;
  /** Waits until every batch that was taken is settled. */
  close(): Promise<void>;
}

/**
 * Opens ingest. With a log that has one writer it first reads the ids of the duplicate horizon back from the log: about 3
 * million records per second. Throws the log's errors.
 */
export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { log, clock } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const observer = wholeObserver(options.observe);
  const { horizonRecords } = limits;
  // Where others write too, only the folds can drop repeats.
  const duplicates = log.capabilities.singleWriter
    ? await restoreDuplicates({ log, horizonRecords })
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
    horizonSeconds: () => horizonSeconds({ log, clock, horizonRecords }),
    get duplicateBytes() {
      return duplicates?.bytes ?? 0;
    },
    close: () => intake.close(),
  };
}
