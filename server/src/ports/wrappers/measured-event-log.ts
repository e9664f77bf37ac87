import type { EventLog } from '../event-log.js';
import { measured, type OnCall } from './measured.js';

/**
 * The same log; `onCall` is told of `append`, `commit`, `bounds` and `expire`. `read` and `consume` pass through: they
 * wait for records that do not exist yet, so their time says nothing about the log.
 */
export function measuredEventLog(log: EventLog, onCall: OnCall): EventLog {
  return {
    capabilities: log.capabilities,
    partitions: log.partitions,
    append: (topic, records) => measured('append', onCall, () => log.append(topic, records)),
    read: (topic, partition, options) => log.read(topic, partition, options),
    consume: (options) => log.consume(options),
    commit: (group, positions) => measured('commit', onCall, () => log.commit(group, positions)),
    bounds: (topic) => measured('bounds', onCall, () => log.bounds(topic)),
    expire: (nowMs) => measured('expire', onCall, () => log.expire(nowMs)),
    close: () => log.close(),
  };
}
