import type { EventLog, NewRecord } from '../ports/event-log.js';
import type { Retrying } from '../retry/retry.js';
import {
  EPOCH_HEADER,
  SOURCE_HEADER,
  THROUGH_HEADER,
  type DecisionRecord,
  type PendingDecision,
} from './decide.js';
import type { Decided } from './decided.js';
import type { Captured, PartitionTask } from './partition-task.js';

/** Most things that a stage decides in one call. */
const DECIDED_PER_CALL = 1_000;
/** Most records of one append. */
const RECORDS_PER_CALL = 10_000;

/** What one fold of one partition wants decided with a flush. */
export interface CapturedPending {
  readonly task: PartitionTask;
  readonly decided: Decided;
  readonly pending: readonly PendingDecision[];
  /** Where folding had come to. */
  readonly through: number;
}

/** The decide stages of a processor. */
export interface Decider {
  /** Decides what the captures hold; resolves when all decisions are durable. One call at a time. */
  decide(captures: readonly Captured[]): Promise<void>;
  /** Learns the ends of the topics of decisions, for snapshots. Call it while nothing is being decided. */
  learnEnds(tasks: Iterable<PartitionTask>): Promise<void>;
}

export interface DeciderOptions {
  readonly derived: EventLog;
  readonly retry: Retrying;
}

/** A decision on its way to its topic. */
interface Outgoing {
  readonly decided: Decided;
  readonly epoch: number;
  readonly record: NewRecord;
}

export function createDecider({ derived, retry }: DeciderOptions): Decider {
  async function append(outgoing: readonly Outgoing[]): Promise<void> {
    const topics = new Set(outgoing.map(({ decided }) => decided.stage.topic));
    for (const topic of topics) {
      const own = outgoing.filter(({ decided }) => decided.stage.topic === topic);
      for (let from = 0; from < own.length; from += RECORDS_PER_CALL) {
        const part = own.slice(from, from + RECORDS_PER_CALL);
        const records = part.map(({ record }) => record);
        const offsets = await retry(`append to ${topic}`, () => derived.append(topic, records));
        for (const [index, { decided, epoch }] of part.entries()) {
          const offset = offsets[index];
          if (offset !== undefined) decided.appended(offset, epoch);
        }
      }
    }
  }

  return {
    async decide(captures) {
      const waiting = captures.flatMap(({ pending }) => pending);
      const longest = Math.max(0, ...waiting.map(({ pending }) => pending.length));
      for (let from = 0; from < longest; from += DECIDED_PER_CALL) {
        const outgoing = await Promise.all(
          waiting.map(({ pending, ...place }) =>
            decidePart({ ...place, pending: pending.slice(from, from + DECIDED_PER_CALL) }, retry),
          ),
        );
        await append(outgoing.flat());
      }
    },

    async learnEnds(tasks) {
      const all = [...tasks].flatMap((task) =>
        task.decided.map((decided) => ({ decided, partition: task.source.partition })),
      );
      for (const topic of new Set(all.map(({ decided }) => decided.stage.topic))) {
        const bounds = await retry(`read bounds of ${topic}`, () => derived.bounds(topic));
        for (const { decided, partition } of all) {
          const end = bounds[partition]?.end;
          if (decided.stage.topic === topic && end !== undefined) decided.reached(end);
        }
      }
    },
  };
}

async function decidePart(
  { task, decided, pending, through }: CapturedPending,
  retry: Retrying,
): Promise<readonly Outgoing[]> {
  if (pending.length === 0) return [];
  const { source, epoch } = task;
  const { stage } = decided;
  const decisions = await retry(`decide for ${stage.topic}`, () =>
    stage.decide(pending, { source, epoch }),
  );
  checkIds(stage.topic, pending, decisions);
  // One object for all records without headers of their own: it is encoded once.
  const headers = {
    [EPOCH_HEADER]: `${epoch}`,
    [SOURCE_HEADER]: source.topic,
    [THROUGH_HEADER]: `${through}`,
  };
  return decisions.map(({ record }) => {
    const own = Object.keys(record.headers).length > 0;
    return {
      decided,
      epoch,
      record: {
        ...record,
        partition: source.partition,
        headers: own ? { ...record.headers, ...headers } : headers,
      },
    };
  });
}

function checkIds(
  topic: string,
  pending: readonly PendingDecision[],
  decisions: readonly DecisionRecord[],
): void {
  const open = new Set(pending.map(({ id }) => id));
  for (const { id } of decisions) {
    if (open.delete(id)) continue;
    throw new RangeError(
      `the stage of ${topic} decided ${JSON.stringify(id)}, which it was not asked for, or twice: ` +
        'return at most one record for each pending id',
    );
  }
}
