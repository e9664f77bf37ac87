import type { ReadModelBounds } from '@bytebasket/server/recommendation/serving/read-model';
import type { FromServing } from '@bytebasket/server/recommendation/serving/protocol';
import type { LogMessage } from './supervised-thread.js';
import type { RetentionSettings } from './topic-declarations.js';

/** What the serving thread is started with. */
export interface ServingThreadOptions {
  readonly dataFolder: string;
  /** Memory through which the threads tell each other of commits. */
  readonly inputsNotifier: SharedArrayBuffer;
  readonly derivedNotifier: SharedArrayBuffer;
  readonly retention: RetentionSettings;
  /** How often the model is saved, milliseconds; default 30,000. */
  readonly saveIntervalMs?: number | undefined;
  readonly bounds?: Partial<ReadModelBounds> | undefined;
}

/** All that happened since the last message of this kind; counts are increases. */
export interface ServingFigures {
  /** Durations of single answers by kind of request, seconds; at most 1,000 of them, the first ones. */
  readonly answers: readonly { readonly kind: string; readonly seconds: number }[];
  readonly savedBytes: number;
  readonly saves: number;
  readonly unreadable: number;
  readonly gapRecords: Readonly<Record<string, number>>;
  /** How many are held now. */
  readonly sessions: number;
  readonly items: number;
  readonly visitors: number;
  readonly products: number;
}

/** From the thread, besides its answers. */
export type ServingMessage =
  | FromServing
  /** It caught up: it answers from now on. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'figures'; readonly figures: ServingFigures }
  | LogMessage;
