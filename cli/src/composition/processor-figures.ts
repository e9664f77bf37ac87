import type { Lag, ProcessorObserver } from '@bytebasket/server/processor/observer';
import { describeError } from '../output/describe-error.js';
import type { PortCall } from './port-metrics.js';
import type { ProcessorFigures, ProcessorMessage } from './processor-protocol.js';

/** Single flushes told apart between two messages; at 100 ms per flush that is 100 s. */
const FLUSHES_MAX = 1_000;

/** Single calls of ports told apart between two messages; a busy second has about a hundred. */
const CALLS_MAX = 1_000;

export interface FigureKeeper {
  readonly observer: ProcessorObserver;
  /** A record that a fold could not take did not fit into the quota of dead letters. */
  notKept(): void;
  /** A call of one of its ports ended. */
  called(call: PortCall): void;
  /** What happened since the last call. */
  take(): ProcessorFigures;
}

/** A line for the log of the main thread. */
export type LogLine = Omit<Extract<ProcessorMessage, { kind: 'log' }>, 'kind'>;

/** Sums up what the processor tells, so that the threads exchange one message a second and not one per flush. */
export function keepFigures(log: (line: LogLine) => void): FigureKeeper {
  let sums = zero();
  const lags = new Map<string, Lag>();

  const observer: ProcessorObserver = {
    owned: ({ topic, partition, epoch, nextOffset }) =>
      log({
        level: 'debug',
        message: 'partition owned',
        fields: { topic, partition, epoch, nextOffset },
      }),
    fenced: ({ topic, partition, epoch }) =>
      log({
        level: 'warn',
        message: 'partition lost to another owner',
        fields: { topic, partition, epoch },
      }),
    gap: ({ topic, partition, from, to }) => {
      sums.gapRecords[topic] = (sums.gapRecords[topic] ?? 0) + to - from;
      log({
        level: 'error',
        message: 'records expired before they were counted: raise the retention',
        fields: { topic, partition, from, to },
      });
    },
    foldFailed: ({ fold, source, error }) => {
      sums.foldFailures[fold] = (sums.foldFailures[fold] ?? 0) + 1;
      log({
        level: 'warn',
        message: 'a fold could not take a record',
        fields: { fold, ...source, error: describeError(error) },
      });
    },
    flushed: ({ rows, records, durationMs }) => {
      sums.rows += rows;
      sums.records += records;
      if (sums.flushSeconds.length < FLUSHES_MAX) sums.flushSeconds.push(durationMs / 1_000);
    },
    snapshotted: ({ bytes }) => {
      sums.snapshots += 1;
      sums.snapshotBytes += bytes;
    },
    lag: (lag) => {
      lags.set(`${lag.topic}/${lag.partition}`, lag);
    },
    retried: ({ action, attempt, delayMs, error }) => {
      sums.retries[action] = (sums.retries[action] ?? 0) + 1;
      log({
        level: 'warn',
        message: 'processor tries again',
        fields: { action, attempt, delayMs: Math.round(delayMs), error: describeError(error) },
      });
    },
  };

  return {
    observer,
    called(call) {
      if (sums.calls.length < CALLS_MAX) sums.calls.push(call);
    },
    notKept() {
      sums.failuresNotKept += 1;
    },
    take() {
      const taken = { ...sums, lags: [...lags.values()] };
      sums = zero();
      lags.clear();
      return taken;
    },
  };
}

interface Sums {
  rows: number;
  records: number;
  flushSeconds: number[];
  snapshots: number;
  snapshotBytes: number;
  foldFailures: Record<string, number>;
  calls: PortCall[];
  failuresNotKept: number;
  gapRecords: Record<string, number>;
  retries: Record<string, number>;
}

function zero(): Sums {
  return {
    rows: 0,
    records: 0,
    flushSeconds: [],
    snapshots: 0,
    snapshotBytes: 0,
    foldFailures: {},
    calls: [],
    failuresNotKept: 0,
    gapRecords: {},
    retries: {},
  };
}
