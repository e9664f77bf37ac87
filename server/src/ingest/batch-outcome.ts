import type { BatchRefused } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import type { BatchResults } from './verdict.js';

/** What a client may have unanswered. */
export interface Credit {
  readonly batches: number;
  readonly bytes: number;
}

/** The answer to one batch of a stream: either results or a refusal. */
export interface BatchOutcome {
  readonly batchNumber: bigint;
  readonly results: BatchResults | undefined;
  readonly refused: BatchRefused | undefined;
  readonly credit: Credit;
}
