import type { DeadLetter } from '@bytebasket/proto/gen/bytebasket/admin/v1/dead_letter';
import {
  ListDeadLettersRequest,
  type ListDeadLettersResponse,
} from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { decodePageToken, encodePageToken } from '../gateway/page-token.js';
import type { EventLog, LogRecord } from '../ports/event-log.js';
import { TOPICS } from '../ports/topics.js';
import { HEADERS } from './dead-letter.js';
import { deadLetterMessage } from './dead-letter-record.js';
import type { FoldFailures } from './fold-failures.js';
import { startOffset } from './start-offset.js';

const PAGE_SIZE_DEFAULT = 50;
const PAGE_BYTES_MAX = 2 * 1024 * 1024;
/** What a record takes on the wire besides its bytes, roughly. */
const RECORD_OVERHEAD_BYTES = 512;
/** Records looked at for one page: a filter that matches little gives short or empty pages, not a long call. */
const SCANNED_MAX = 100_000;
const RECORDS_PER_READ = 500;

export interface ListParts {
  readonly log: EventLog;
  readonly foldFailures: FoldFailures;
}

/** Where a page goes on. */
interface Place {
  readonly partition: number;
  readonly offset: number;
}

/** AdminService.ListDeadLetters, for a valid request. */
export async function listDeadLetters(
  request: ListDeadLettersRequest,
  { log, foldFailures }: ListParts,
  signal: AbortSignal,
): Promise<ListDeadLettersResponse> {
  const digest = ListDeadLettersRequest.encode({ ...request, pageSize: 0, pageToken: '' }).finish();
  const first =
    request.pageToken === ''
      ? { partition: 0, offset: 0 }
      : readPlace(decodePageToken(request.pageToken, digest));
  await foldFailures.catchUp(signal);
  const page = new Page(request, foldFailures);
  for (let partition = first.partition; partition < log.partitions; partition++) {
    const startMs = request.startTime?.getTime();
    const start = await startOffset(log, { topic: TOPICS.deadLetters, partition, startMs });
    const from = partition === first.partition ? Math.max(start, first.offset) : start;
    const next = await fill(page, { log, partition, from, signal });
    if (next === undefined) continue;
    const nextPageToken = encodePageToken(digest, writePlace({ partition, offset: next }));
    return { deadLetters: page.letters, nextPageToken };
  }
  return { deadLetters: page.letters, nextPageToken: '' };
}

interface Part {
  readonly log: EventLog;
  readonly partition: number;
  readonly from: number;
  readonly signal: AbortSignal;
}

/** Adds records of a partition; returns the offset at which the page was full, undefined at the end. */
async function fill(
  page: Page,
  { log, partition, from, signal }: Part,
): Promise<number | undefined> {
  const options = { from, recordsMax: RECORDS_PER_READ, signal };
  for await (const records of log.read(TOPICS.deadLetters, partition, options)) {
    for (const record of records) {
      if (!page.take(partition, record)) return record.offset;
      if (page.past(record)) return undefined;
    }
  }
  signal.throwIfAborted();
  return undefined;
}

class Page {
  readonly letters: DeadLetter[] = [];
  readonly #request: ListDeadLettersRequest;
  readonly #foldFailures: FoldFailures;
  readonly #size: number;
  #bytes = 0;
  #scanned = 0;

  constructor(request: ListDeadLettersRequest, foldFailures: FoldFailures) {
    this.#request = request;
    this.#foldFailures = foldFailures;
    this.#size = request.pageSize === 0 ? PAGE_SIZE_DEFAULT : request.pageSize;
  }

  /** Takes a record that the request asks for; false when the page is full and the record stands on the next one. */
  take(partition: number, record: LogRecord): boolean {
    if (this.#scanned === SCANNED_MAX) return false;
    this.#scanned += 1;
    if (!this.#wanted(partition, record)) return true;
    const bytes = record.value.length + RECORD_OVERHEAD_BYTES;
    const full =
      this.letters.length === this.#size ||
      (this.letters.length > 0 && this.#bytes + bytes > PAGE_BYTES_MAX);
    if (full) return false;
    this.#bytes += bytes;
    this.letters.push(deadLetterMessage(partition, record));
    return true;
  }

  /** Whether this and all later records of the partition lie behind the time asked for. */
  past({ appendMs }: LogRecord): boolean {
    const { endTime } = this.#request;
    return endTime !== undefined && appendMs >= endTime.getTime();
  }

  #wanted(partition: number, record: LogRecord): boolean {
    const { startTime, clientId } = this.#request;
    if (startTime !== undefined && record.appendMs < startTime.getTime()) return false;
    if (this.past(record)) return false;
    if (clientId !== '' && record.headers[HEADERS.clientId] !== clientId) return false;
    return !this.#foldFailures.repeated(partition, record);
  }
}

const PLACE_BYTES = 12;

function writePlace({ partition, offset }: Place): Uint8Array {
  const bytes = Buffer.alloc(PLACE_BYTES);
  bytes.writeUInt32BE(partition, 0);
  bytes.writeBigUInt64BE(BigInt(offset), 4);
  return bytes;
}

function readPlace(cursor: Uint8Array): Place {
  const bytes = Buffer.from(cursor);
  return { partition: bytes.readUInt32BE(0), offset: Number(bytes.readBigUInt64BE(4)) };
}
