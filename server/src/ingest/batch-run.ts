import type { RecordHeaders } from '../ports/event-log.js';
import type { DurableTwin, OpenBatch, OpenTwin } from './duplicates.js';
import { openColumns } from './batch-columns.js';
import type { GoodEvent } from './examine-event.js';
import type { IdColumns } from './id-table.js';
import { REJECTED, type BatchResults, type Rejected } from './verdict.js';
import type { RequestIndex } from './wire-index.js';

/** A batch as a caller hands it in. */
export interface IncomingBatch {
  readonly request: RequestIndex;
  /** What every record of the batch carries. */
  readonly headers: RecordHeaders;
  /** True when the batch counts in Reconcile: its size goes into the headers too. */
  readonly numbered: boolean;
  /** Whether rejected events are kept as dead letters; default true. */
  readonly deadLetters?: boolean;
  /** Asked right before the append: false gives up the batch, which then fails with Unavailable; default true. */
  readonly wanted?: () => boolean;
  /** True tells what would happen and writes nothing; default false. */
  readonly dryRun?: boolean;
}

/** An event whose id a durable record may have. */
export interface Doubt {
  readonly index: number;
  readonly good: GoodEvent;
  readonly twin: DurableTwin;
}

/** An event whose id a batch that is being appended has. */
export interface Follower {
  readonly index: number;
  readonly twin: OpenTwin;
}

/** The state of one batch on its way through ingest. */
export class BatchRun implements OpenBatch {
  readonly incoming: IncomingBatch;
  readonly bytes: Uint8Array;
  readonly spans: readonly number[];
  readonly count: number;
  readonly ids: IdColumns;
  readonly results: BatchResults;
  /** By index: good events whose id is claimed and that are to be appended. */
  readonly good: (GoodEvent | undefined)[];
  /** To be checked against the log before the append. */
  doubts: Doubt[] = [];
  /** Answered once the other batch is settled. */
  readonly followers: Follower[] = [];
  slot = -1;
  #rejections: Map<number, Rejected> | undefined;
  readonly settled: Promise<void>;
  readonly settle: () => void;

  constructor(incoming: IncomingBatch) {
    const { bytes, spans, eventCount } = incoming.request;
    this.incoming = incoming;
    this.bytes = bytes;
    this.spans = spans;
    this.count = eventCount;
    const { ids, results } = openColumns(eventCount);
    this.ids = ids;
    this.results = results;
    this.good = new Array<GoodEvent | undefined>(eventCount);
    let settle: () => void = () => undefined;
    this.settled = new Promise((resolve) => (settle = resolve));
    this.settle = settle;
  }

  /** The bytes of event `index`, a view of the request. */
  slice(index: number): Uint8Array {
    const from = this.spans[2 * index] ?? 0;
    const to = this.spans[2 * index + 1] ?? 0;
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + from, to - from);
  }

  reject(index: number, rejected: Rejected): void {
    this.good[index] = undefined;
    this.results.status[index] = REJECTED;
    this.#rejections ??= new Map();
    this.#rejections.set(index, rejected);
    this.results.rejected = this.#rejections;
  }
}
