import type { ReadModel } from '@bytebasket/server/recommendation/serving/read-model';
import type { ServingObserver } from '@bytebasket/server/recommendation/serving/serving';
import { describeError } from '../output/describe-error.js';
import type { ServingFigures } from './serving-protocol.js';
import type { LogMessage } from './supervised-thread.js';

/** Single answers told apart between two messages. */
const ANSWERS_MAX = 1_000;

export interface ServingFigureKeeper {
  readonly observer: ServingObserver;
  /** What happened since the last call, and what the model holds now. */
  take(model: ReadModel): ServingFigures;
}

/** Sums up what the serving thread tells, so that it sends one message a second and not one per answer. */
export function keepServingFigures(
  log: (line: Omit<LogMessage, 'kind'>) => void,
): ServingFigureKeeper {
  let sums = zero();
  const observer: ServingObserver = {
    answered(kind, seconds) {
      if (sums.answers.length < ANSWERS_MAX) sums.answers.push({ kind, seconds });
    },
    saved(bytes) {
      sums.saves += 1;
      sums.savedBytes += bytes;
    },
    unreadable({ topic, partition, offset }, error) {
      sums.unreadable += 1;
      log({
        level: 'warn',
        message: 'a record cannot be read: recommendations go without it',
        fields: { topic, partition, offset, error: describeError(error) },
      });
    },
    gap({ topic, partition }, records) {
      sums.gapRecords[topic] = (sums.gapRecords[topic] ?? 0) + records;
      log({
        level: 'warn',
        message: 'records expired before they came into the recommendations',
        fields: { topic, partition, records },
      });
    },
    stateLost: (why) =>
      log({
        level: 'warn',
        message: 'the saved recommendations cannot be used: building them from the log',
        fields: { why },
      }),
  };
  return {
    observer,
    take(model) {
      const { sessions, items } = model.sessions.figures();
      const { visitors, catalogue } = model;
      const taken = { ...sums, sessions, items };
      sums = zero();
      return { ...taken, visitors: visitors.size, products: catalogue.size };
    },
  };
}

interface Sums {
  answers: { readonly kind: string; readonly seconds: number }[];
  savedBytes: number;
  saves: number;
  unreadable: number;
  gapRecords: Record<string, number>;
}

function zero(): Sums {
  return { answers: [], savedBytes: 0, saves: 0, unreadable: 0, gapRecords: {} };
}
