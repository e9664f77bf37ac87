import type { Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { EventInput } from '@bytebasket/sdk';
import type { Script } from './agenda.js';
import type { Random } from './random.js';
import type { FraudType, MockSettings } from './settings.js';
import type { Catalogue } from './shop/catalogue.js';
import type { Population } from './shop/population.js';

/** One event of the mock shop. The truth stands beside it, never in it. */
export interface MockRecord {
  readonly event: Event;
  /** What happened in reality; absent for honest customers and for the shop itself. */
  readonly truth?: { readonly fraudType: FraudType };
}

/** What happened, as the SDK takes it: `{ $case: 'productViewed', value: { … } }`. */
export type Payload = EventInput['payload'];

/** Who an event is about and where it happened. */
export interface Who {
  readonly anonymousId: string;
  /** Empty before somebody is known. */
  readonly userId: string;
  /** Empty for what the shop does by itself. */
  readonly sessionId: string;
  readonly context?: Context | undefined;
  /** Set when a fraudster acts. */
  readonly fraud?: FraudType | undefined;
}

/** What the people of the mock shop live in. Time is simulated: it moves when a script waits. */
export interface World {
  readonly settings: MockSettings;
  readonly catalogue: Catalogue;
  readonly population: Population;
  /** The chance behind everything that people do. */
  readonly random: Random;
  /** Simulated milliseconds since the start; negative while the shop warms up unseen. */
  nowMs(): number;
  /** Makes somebody start to act, now or after a simulated delay. */
  spawn(script: Script, delayMs?: number): void;
  /** Says that something happens now. */
  emit(who: Who, payload: Payload): void;
  /** A new id such as `pay-3f9a1c-42`, different in every run. */
  newId(kind: string): string;
  /** The time that an event of the simulated moment carries. */
  timeOf(simulatedMs: number): Date;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
