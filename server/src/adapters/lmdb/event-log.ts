import type { Clock } from '../../ports/clock.js';
import { PortError } from '../../ports/errors.js';
import type { EventLog, TopicDeclaration } from '../../ports/event-log.js';
import { createAppender } from './appender.js';
import { registerTopics } from './catalog.js';
import { commitPositions, consumeGroup } from './consumer-groups.js';
import { openLmdbEnvironment, type LmdbEnvironment } from './environment.js';
import { readPartition } from './log-reader.js';
import { openLogStorage } from './log-storage.js';
import { expirePartition } from './retention.js';

const PARTITIONS_MAX = 256;

export interface LmdbEventLogOptions {
  /** A folder of its own, which the log opens and closes … */
  readonly folder?: string | undefined;
  /** … or an environment that it shares, and that whoever opened it closes. Exactly one of the two. */
  readonly environment?: LmdbEnvironment | undefined;
  readonly topics: readonly TopicDeclaration[];
  /** 1 to 256, fixed when the folder is made; default 4. */
  readonly partitions?: number | undefined;
  readonly clock: Clock;
  /** With `folder`: memory from `createNotifierMemory()` shared by all threads that open it. */
  readonly notifier?: SharedArrayBuffer | undefined;
  /** Most records that wait for a commit before appends are Throttled; default 100,000. */
  readonly waitingRecordsMax?: number | undefined;
  /** Most bytes that wait for a commit before appends are Throttled; default 64 MiB. */
  readonly waitingBytesMax?: number | undefined;
}

/** Opens the embedded event log. Throws Conflict when the folder was made with other partitions. */
export async function openLmdbEventLog(options: LmdbEventLogOptions): Promise<EventLog> {
  const partitions = options.partitions ?? 4;
  if (!(Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX)) {
    throw new PortError('OutOfRange', `${partitions} partitions: use 1 to ${PARTITIONS_MAX}`);
  }
  const environment = await environmentOf(options);
  const owned = options.environment === undefined;
  try {
    const numbers = await registerTopics(environment, options.topics, partitions);
    return createLog({ ...options, environment, partitions, numbers, owned });
  } catch (error) {
    if (owned) await environment.close();
    throw error;
  }
}

/** The environment that was given, or one opened on the folder that was given. */
export async function environmentOf(options: {
  readonly folder?: string | undefined;
  readonly environment?: LmdbEnvironment | undefined;
  readonly notifier?: SharedArrayBuffer | undefined;
}): Promise<LmdbEnvironment> {
  const { folder, environment, notifier } = options;
  if (environment !== undefined && folder === undefined) return environment;
  if (folder === undefined || environment !== undefined) {
    throw new TypeError('give either a folder or an environment');
  }
  return openLmdbEnvironment({ folder, notifier });
}

interface CreateOptions extends LmdbEventLogOptions {
  readonly environment: LmdbEnvironment;
  readonly partitions: number;
  readonly numbers: ReadonlyMap<string, number>;
  readonly owned: boolean;
}

function createLog(options: CreateOptions): EventLog {
  const { environment, partitions, numbers, topics } = options;
  const storage = openLogStorage(environment);
  const append = createAppender({
    environment,
    storage,
    clock: options.clock,
    partitions,
    waitingRecordsMax: options.waitingRecordsMax ?? 100_000,
    waitingBytesMax: options.waitingBytesMax ?? 64 * 1024 * 1024,
  });
  let closed = false;

  function topicNumber(name: string): number {
    if (closed) throw new PortError('Unavailable', 'the log was closed: open it again');
    const number = numbers.get(name);
    if (number !== undefined) return number;
    throw new PortError('NotFound', `topic ${JSON.stringify(name)} was not declared at open`);
  }
  const groups = { environment, storage, partitions, topicNumber };

  return {
    capabilities: { singleWriter: true, atomicAppend: true, sharedGroups: false },
    partitions,
    async append(topic, records) {
      const number = topicNumber(topic);
      environment.assertUsable();
      return records.length === 0 ? [] : append(number, records);
    },
    read(topic, partition, read) {
      if (!(Number.isInteger(partition) && partition >= 0 && partition < partitions)) {
        throw new PortError('OutOfRange', `partition ${partition}: use 0 to ${partitions - 1}`);
      }
      return readPartition(
        { environment, storage, name: topic, topic: topicNumber(topic), partition },
        read,
      );
    },
    consume: async (consume) => consumeGroup(groups, consume),
    commit: async (group, positions) => commitPositions(groups, group, positions),
    async bounds(topic) {
      const number = topicNumber(topic);
      environment.beginRead();
      return Array.from({ length: partitions }, (_, partition) => {
        const { start, end } = storage.state(number, partition);
        return { partition, start, end };
      });
    },
    async expire(nowMs) {
      let freed = 0;
      for (const { name, retention } of topics) {
        const topic = topicNumber(name);
        for (let partition = 0; partition < partitions; partition++) {
          freed += await expirePartition(
            { environment, storage, topic, partition, retention },
            nowMs,
          );
        }
      }
      return freed;
    },
    async close() {
      closed = true;
      if (options.owned) await environment.close();
    },
  };
}
