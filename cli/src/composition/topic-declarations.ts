import type { Retention, TopicDeclaration } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';

/** Retention of each topic, by the name that the settings use. */
export interface RetentionSettings {
  readonly userActivity: Retention;
  readonly transactions: Retention;
  readonly deadLetters: Retention;
  readonly fraudDecisions: Retention;
  readonly updates: Retention;
}

const HOUR_MS = 3_600_000;
const GIB = 1024 ** 3;

/** As the settings' defaults: 30 or 400 days, updates 6 hours; 4 GiB, 1 GiB or 256 MiB per partition. */
export const DEFAULT_RETENTION: RetentionSettings = {
  userActivity: { maxAgeMs: 30 * 24 * HOUR_MS, bytesMax: 4 * GIB },
  transactions: { maxAgeMs: 400 * 24 * HOUR_MS, bytesMax: 4 * GIB },
  deadLetters: { maxAgeMs: 30 * 24 * HOUR_MS, bytesMax: GIB / 4 },
  fraudDecisions: { maxAgeMs: 400 * 24 * HOUR_MS, bytesMax: GIB },
  updates: { maxAgeMs: 6 * HOUR_MS, bytesMax: GIB / 4 },
};

/** Topics of the environment that the gateway writes. */
export function inputTopics(retention: RetentionSettings): readonly TopicDeclaration[] {
  return [
    { name: TOPICS.userActivity, retention: retention.userActivity },
    { name: TOPICS.transactions, retention: retention.transactions },
    { name: TOPICS.deadLetters, retention: retention.deadLetters },
  ];
}

/** Topics of the environment that the processor writes; decisions that were asked for come from the gateway. */
export function derivedTopics(retention: RetentionSettings): readonly TopicDeclaration[] {
  return [
    { name: TOPICS.fraudDecisions, retention: retention.fraudDecisions },
    { name: TOPICS.updates, retention: retention.updates },
  ];
}
