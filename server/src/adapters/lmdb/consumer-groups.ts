import { setMaxListeners } from 'node:events';
import { PortError } from '../../ports/errors.js';
import type { ConsumeOptions, Position, TopicPartition } from '../../ports/event-log.js';
import type { LmdbEnvironment } from './environment.js';
import type { LogStorage } from './log-storage.js';
import { readPartition } from './log-reader.js';

const GROUP_BYTES_MAX = 200;

export interface GroupsOptions {
  readonly environment: LmdbEnvironment;
  readonly storage: LogStorage;
  readonly partitions: number;
  /** The number of a topic; throws NotFound. */
  readonly topicNumber: (name: string) => number;
}

/** lmdb's locks between the threads of a process; they end with the thread that holds them. */
interface ThreadLocks {
  tryLock(key: Uint8Array): boolean;
  unlock(key: Uint8Array): void;
}

/** Stores the next offset to read per partition; durable when it resolves. */
export async function commitPositions(
  options: GroupsOptions,
  group: string,
  positions: readonly Position[],
): Promise<void> {
  assertGroup(group);
  const rows = positions.map((position) => ({
    ...position,
    number: options.topicNumber(position.topic),
  }));
  const { environment, storage } = options;
  await environment.write(() => {
    for (const { topic, number, partition, offset } of rows) {
      const { end } = storage.state(number, assertPartition(partition, options.partitions));
      if (!Number.isInteger(offset) || offset < 0 || offset > end) {
        throw new PortError(
          'OutOfRange',
          `cannot commit offset ${offset} of ${topic}/${partition}: use 0 to ${end}`,
        );
      }
    }
    for (const { number, partition, offset } of rows) {
      storage.putCommitted(group, { topic: number, partition, first: offset });
    }
  });
}

/** One member owns all partitions of a group; a second one on the same folder is a Conflict. */
export async function consumeGroup(
  options: GroupsOptions,
  { group, topics, handler, signal, recordsMax }: ConsumeOptions,
): Promise<void> {
  assertGroup(group);
  const numbers = topics.map((topic) => ({ topic, number: options.topicNumber(topic) }));
  options.environment.assertUsable();
  const locks = options.environment.meta as unknown as ThreadLocks;
  const lockKey = Buffer.from(`group ${group}`, 'utf8');
  if (!locks.tryLock(lockKey)) {
    throw new PortError(
      'Conflict',
      `group ${group} already has a member on ${options.environment.folder}: end it first`,
    );
  }
  const stop = new AbortController();
  const everything = AbortSignal.any([signal, stop.signal]);
  // Every partition waits with this signal, which Node would take for a leak from the eleventh on.
  setMaxListeners(0, everything);

  async function follow(at: TopicPartition, number: number): Promise<void> {
    const { environment, storage } = options;
    environment.beginRead();
    const { start, end } = storage.state(number, at.partition);
    const kept = storage.committed(group, number, at.partition);
    const committed = kept !== undefined && kept >= start && kept <= end ? kept : undefined;
    const from = await handler.assigned(at, committed);
    try {
      const target = {
        environment,
        storage,
        name: at.topic,
        topic: number,
        partition: at.partition,
      };
      const read = { from, follow: true, signal: everything, recordsMax: recordsMax ?? 1_000 };
      for await (const records of readPartition(target, read)) {
        if (everything.aborted) break;
        await handler.records(at, records);
      }
    } finally {
      await handler.revoked(at);
    }
  }

  try {
    const members = numbers.flatMap(({ topic, number }) =>
      Array.from({ length: options.partitions }, (_, partition) =>
        follow({ topic, partition }, number).catch((error: unknown) => {
          // The first failure ends the membership; the other partitions stop after their current delivery.
          stop.abort();
          throw error;
        }),
      ),
    );
    const outcomes = await Promise.allSettled(members);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw failure.reason;
  } finally {
    unlock(options.environment, () => locks.unlock(lockKey));
  }
}

// Closing the environment released the lock already, and a closed handle must not be touched.
function unlock(environment: LmdbEnvironment, release: () => void): void {
  if (!environment.closed()) release();
}

function assertGroup(group: string): void {
  const bytes = Buffer.byteLength(group, 'utf8');
  if (bytes >= 1 && bytes <= GROUP_BYTES_MAX && !group.includes('\0')) return;
  throw new PortError(
    'OutOfRange',
    `group name ${JSON.stringify(group)}: use 1 to ${GROUP_BYTES_MAX} bytes without NUL`,
  );
}

function assertPartition(partition: number, partitions: number): number {
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return partition;
  throw new PortError('OutOfRange', `partition ${partition}: use 0 to ${partitions - 1}`);
}
