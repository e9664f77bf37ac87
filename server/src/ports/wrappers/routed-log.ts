import { PortError } from '../errors.js';
import type { ConsumeOptions, EventLog, EventLogCapabilities, Position } from '../event-log.js';

/**
 * One log over several: every topic lives in the log that `routes` names, all with the same number of partitions.
 * A topic without a route is NotFound. A group is joined in every log that has one of its topics: it ends in all of them
 * when it ends or fails in one; whether it is exclusive is decided by each log for itself. A commit over several logs is
 * one commit per log, the others stay when one fails. `expire` and `close` go to every log once, and so also reach topics
 * of theirs that have no route. Throws Conflict when the logs differ in partitions, NotFound without any route.
 */
export function routedLog(routes: Readonly<Record<string, EventLog>>): EventLog {
  const logs = [...new Set(Object.values(routes))];
  const byTopic = new Map(Object.entries(routes));
  const [first] = logs;
  if (first === undefined) throw new PortError('NotFound', 'a routed log needs one route or more');
  const partitions = commonPartitions(byTopic, first);

  function logOf(topic: string): EventLog {
    const log = byTopic.get(topic);
    if (log !== undefined) return log;
    const known = [...byTopic.keys()].join(', ');
    throw new PortError('NotFound', `topic ${JSON.stringify(topic)} has no route: use ${known}`);
  }

  return {
    capabilities: weakest(logs),
    partitions,
    append: async (topic, records) => logOf(topic).append(topic, records),
    read: (topic, partition, options) => logOf(topic).read(topic, partition, options),
    consume: async (options) => joinAll(groupBy(options.topics, logOf), options),
    async commit(group, positions) {
      const byLog = groupBy(positions, ({ topic }: Position) => logOf(topic));
      // An empty commit still says whether the group may be named so.
      if (byLog.size === 0) return first.commit(group, []);
      await Promise.all([...byLog].map(([log, own]) => log.commit(group, own)));
    },
    bounds: async (topic) => logOf(topic).bounds(topic),
    async expire(nowMs) {
      let freed = 0;
      for (const log of logs) freed += await log.expire(nowMs);
      return freed;
    },
    async close() {
      await settled(logs.map((log) => log.close()));
    },
  };
}

function commonPartitions(byTopic: ReadonlyMap<string, EventLog>, first: EventLog): number {
  for (const [topic, log] of byTopic) {
    if (log.partitions === first.partitions) continue;
    throw new PortError(
      'Conflict',
      `topic ${topic} has ${log.partitions} partitions, others ${first.partitions}: ` +
        'open all logs with the same number',
    );
  }
  return first.partitions;
}

function weakest(logs: readonly EventLog[]): EventLogCapabilities {
  const all = (able: (capabilities: EventLogCapabilities) => boolean): boolean =>
    logs.every(({ capabilities }) => able(capabilities));
  return {
    singleWriter: all(({ singleWriter }) => singleWriter),
    atomicAppend: all(({ atomicAppend }) => atomicAppend),
    sharedGroups: all(({ sharedGroups }) => sharedGroups),
  };
}

function groupBy<T>(items: readonly T[], logOf: (item: T) => EventLog): Map<EventLog, T[]> {
  const groups = new Map<EventLog, T[]>();
  for (const item of items) {
    const log = logOf(item);
    const group = groups.get(log);
    if (group === undefined) groups.set(log, [item]);
    else group.push(item);
  }
  return groups;
}

async function joinAll(
  byLog: ReadonlyMap<EventLog, readonly string[]>,
  options: ConsumeOptions,
): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  await settled(
    [...byLog].map(async ([log, topics]) => {
      try {
        await log.consume({ ...options, topics, signal });
      } finally {
        stop.abort();
      }
    }),
  );
}

/** Waits for all, then throws the failure that came first. */
async function settled(parts: readonly Promise<void>[]): Promise<void> {
  const failures: { readonly error: unknown }[] = [];
  await Promise.all(
    parts.map((part) =>
      part.catch((error: unknown) => {
        failures.push({ error });
      }),
    ),
  );
  if (failures[0] !== undefined) throw failures[0].error;
}
