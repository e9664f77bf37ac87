import type { EventLog } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { routedLog } from '@bytebasket/server/ports/wrappers/routed-log';

/** The log that a processor of decisions reads. */
export function allTopics({
  inputs,
  derived,
}: {
  readonly inputs: EventLog;
  readonly derived: EventLog;
}): EventLog {
  return routedLog({
    [TOPICS.userActivity]: inputs,
    [TOPICS.transactions]: inputs,
    [TOPICS.deadLetters]: inputs,
    [TOPICS.fraudDecisions]: derived,
  });
}
