import type { RuleSetDeclaration } from '@bytebasket/server/fraud/rules/declaration';
import type { TopicPartition } from '@bytebasket/server/ports/event-log';
import type { Lag } from '@bytebasket/server/processor/observer';
import type { PortCall } from './port-metrics.js';
import type { LogMessage } from './supervised-thread.js';
import type { RetentionSettings } from './topic-declarations.js';

/** What the processor's thread is started with. */
export interface ProcessorThreadOptions {
  readonly dataFolder: string;
  /** Memory through which the threads tell each other of commits. */
  readonly inputsNotifier: SharedArrayBuffer;
  readonly derivedNotifier: SharedArrayBuffer;
  readonly timeZone: string;
  readonly retention: RetentionSettings;
  readonly flushIntervalMs: number;
  readonly expireIntervalMs: number;
  /** Of records that a fold could not take; beyond it they are counted and not kept. */
  readonly deadLetterBytesPerHour: number;
  /** By which it decides payments. */
  readonly ruleSet: RuleSetDeclaration;
  /** Names this run of the thread as an owner of partitions. */
  readonly owner: string;
}

/** All that happened since the last message of this kind; counts are increases. */
export interface ProcessorFigures {
  readonly rows: number;
  readonly records: number;
  /** Durations of single flushes, seconds; at most 1,000 of them, the first ones. */
  readonly flushSeconds: readonly number[];
  readonly snapshots: number;
  readonly snapshotBytes: number;
  readonly foldFailures: Readonly<Record<string, number>>;
  /** Fold failures beyond the quota of dead letters. */
  readonly failuresNotKept: number;
  readonly gapRecords: Readonly<Record<string, number>>;
  readonly retries: Readonly<Record<string, number>>;
  /** Single calls of its ports; at most 1,000 of them, the first ones. */
  readonly calls: readonly PortCall[];
  readonly lags: readonly Lag[];
}

/** From the thread. */
export type ProcessorMessage =
  /** It owns every partition: rows change from now on. */
  | { readonly kind: 'ready'; readonly partitions: readonly TopicPartition[] }
  | { readonly kind: 'figures'; readonly figures: ProcessorFigures }
  | LogMessage;
