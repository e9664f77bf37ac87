import type {
  RepairDeadLettersRequest,
  RepairDeadLettersResponse,
  RepairOutcome,
} from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import type { DeadLetterPosition } from '@bytebasket/proto/gen/bytebasket/admin/v1/dead_letter';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  EventStatus,
  type EventResult,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';
import { isPortError } from '../ports/errors.js';
import type { EventLog, LogRecord, RecordHeaders } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import { HEADERS } from './dead-letter.js';
import { EVENT_BYTES_MAX } from './limits.js';
import type { Intake } from './intake.js';
import { PatchError, readPatches, type EventPatch } from './patch-event.js';
import { withEventId, type RepairedEvent } from './repair-event.js';
import { DUPLICATE, STREAMS, type BatchResults, type Rejected } from './verdict.js';
import { WireError } from './wire.js';

/** Repairs under way at once: their appends share a commit. */
const REPAIRS_AT_ONCE = 64;

export interface RepairParts {
  readonly log: EventLog;
  readonly intake: Intake;
}

/** AdminService.RepairDeadLetters, for a valid request. */
export async function repairDeadLetters(
  request: RepairDeadLettersRequest,
  parts: RepairParts,
): Promise<RepairDeadLettersResponse> {
  const patch = readPatches(request.patches);
  const outcomes: RepairOutcome[] = [];
  const { positions, dryRun } = request;
  for (let from = 0; from < positions.length; from += REPAIRS_AT_ONCE) {
    const group = positions.slice(from, from + REPAIRS_AT_ONCE);
    outcomes.push(
      ...(await Promise.all(
        group.map((position) => repairOne(position, { ...parts, patch, dryRun })),
      )),
    );
  }
  return { outcomes };
}

interface RepairOptions extends RepairParts {
  readonly patch: EventPatch;
  readonly dryRun: boolean;
}

async function repairOne(
  position: DeadLetterPosition,
  options: RepairOptions,
): Promise<RepairOutcome> {
  const partition = position.partition;
  const record = await readDeadLetter(options.log, position);
  if (record === undefined) return refused(position, unknownPosition(position));
  const event = repaired(partition, record, options.patch);
  if ('reason' in event) return refused(position, event);
  const { bytes, eventId } = event;
  const results = await options.intake.accept({
    request: {
      bytes,
      spans: [0, bytes.length],
      eventCount: 1,
      clientId: '',
      batchNumber: 0n,
      malformed: undefined,
    },
    headers: repairHeaders(record, position),
    numbered: false,
    deadLetters: false,
    dryRun: options.dryRun,
  }).done;
  return { position, result: eventResult(results, options.dryRun), eventId };
}

/** A copy of the record; undefined when there is none at that position. */
async function readDeadLetter(
  log: EventLog,
  { partition, offset }: DeadLetterPosition,
): Promise<LogRecord | undefined> {
  if (partition >= log.partitions) return undefined;
  try {
    const options = { from: Number(offset), recordsMax: 1 };
    for await (const [record] of log.read(TOPICS.deadLetters, partition, options)) {
      if (record === undefined) continue;
      const { appendMs, headers } = record;
      return {
        offset: record.offset,
        appendMs,
        headers,
        key: record.key.slice(),
        value: record.value.slice(),
      };
    }
  } catch (error) {
    if (!isPortError(error, 'OutOfRange')) throw error;
  }
  return undefined;
}

function repaired(
  partition: number,
  record: LogRecord,
  patch: EventPatch,
): RepairedEvent | Rejected {
  try {
    const event = withEventId(patch.apply(record.value), { partition, record });
    if (event.bytes.length <= EVENT_BYTES_MAX) return event;
    const message = `the event would have ${event.bytes.length} bytes: at most ${EVENT_BYTES_MAX}`;
    return { reason: ErrorReason.BATCH_TOO_LARGE, field: '', rule: '', message };
  } catch (error) {
    if (error instanceof PatchError) {
      const { field, message } = error;
      return { reason: ErrorReason.FIELD_INVALID, field, rule: 'patch', message };
    }
    if (!(error instanceof WireError)) throw error;
    const message = `the dead letter cannot be patched: ${error.message}`;
    return { reason: ErrorReason.MALFORMED_MESSAGE, field: '', rule: '', message };
  }
}

function repairHeaders(
  record: LogRecord,
  { partition, offset }: DeadLetterPosition,
): RecordHeaders {
  return {
    [HEADERS.clientId]: record.headers[HEADERS.clientId] ?? '',
    [HEADERS.repairOf]: `${partition}/${offset.toString()}`,
  };
}

function unknownPosition({ partition, offset }: DeadLetterPosition): Rejected {
  return {
    reason: ErrorReason.DEAD_LETTER_UNKNOWN,
    field: '',
    rule: '',
    message: `there is no dead letter at ${partition}/${offset.toString()}: it may have expired`,
  };
}

function refused(position: DeadLetterPosition, rejection: Rejected): RepairOutcome {
  return {
    position,
    result: { status: EventStatus.REJECTED, position: undefined, rejection },
    eventId: '',
  };
}

/** The result of a batch of one. */
function eventResult(results: BatchResults, dryRun: boolean): EventResult {
  const rejection = results.rejected.get(0);
  if (rejection !== undefined) {
    return { status: EventStatus.REJECTED, position: undefined, rejection };
  }
  const duplicate = results.status[0] === DUPLICATE;
  const status = duplicate ? EventStatus.DUPLICATE : EventStatus.ACCEPTED;
  if (dryRun && !duplicate) return { status, position: undefined, rejection };
  const stream = STREAMS[results.topic[0] ?? 0] ?? Stream.UNSPECIFIED;
  const partition = results.partition[0] ?? 0;
  const offset = BigInt(results.offset[0] ?? 0);
  return { status, position: { stream, partition, offset }, rejection };
}
