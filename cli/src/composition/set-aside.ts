import { deadLetterBytes, foldFailureRecord } from '@bytebasket/server/ingest/dead-letter';
import type { DeadLetterQuota } from '@bytebasket/server/ingest/dead-letter-quota';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';
import type { FoldFailure } from '@bytebasket/server/processor/observer';
import type { LogLine } from './processor-figures.js';

export interface SetAsideOptions {
  readonly inputs: Pick<EventLog, 'append' | 'partitions'>;
  readonly quota: DeadLetterQuota;
  /** Told of each record beyond the quota. */
  readonly notKept: () => void;
  readonly log: (line: LogLine) => void;
}

/**
 * Keeps what a fold could not take as a dead letter, up to the quota: a fold with a defect must not fill the disk with
 * copies of the log. Beyond it records are counted; the first of each row of them is logged. The record itself stays in
 * its topic, so nothing is lost that retention keeps.
 */
export function openSetAside(options: SetAsideOptions): (failure: FoldFailure) => Promise<void> {
  const { inputs, quota, notKept, log } = options;
  let full = false;
  // What waits for the log to answer is tried again: it has its place in the quota already. One at a time per partition.
  const granted = new Set<string>();
  return async (failure) => {
    const record = foldFailureRecord({ ...failure, partitions: inputs.partitions });
    const place = Buffer.from(record.key).toString('utf8');
    if (granted.has(place) || quota.take(deadLetterBytes(record))) {
      full = false;
      granted.add(place);
      await inputs.append(TOPICS.deadLetters, [record]);
      granted.delete(place);
      return;
    }
    notKept();
    if (full) return;
    full = true;
    const { fold, source } = failure;
    log({
      level: 'error',
      message: `dead letters reached ${quota.bytesPerHour} bytes in this hour: further ones are only counted`,
      fields: { fold, ...source },
    });
  };
}
