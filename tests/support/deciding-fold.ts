import type { LogRecord, TopicPartition } from '@bytebasket/server/ports/event-log';
import { TOPICS } from '@bytebasket/server/ports/topics';
import type {
  DecideContext,
  DecideStage,
  DecisionRecord,
  PendingDecision,
} from '@bytebasket/server/processor/decide';
import type { FoldDefinition } from '@bytebasket/server/processor/fold';

export const DECISIONS = TOPICS.fraudDecisions;

/** A decision as the stage writes it. */
export interface TestDecision {
  readonly id: string;
  /** Differs with every call, so that deciding twice shows. */
  readonly result: string;
  readonly item: unknown;
}

export interface DecidingFoldOptions {
  readonly name?: string;
  readonly topics?: readonly string[];
  /** Called before each decision; may throw or wait. */
  readonly before?: (pending: readonly PendingDecision[], context: DecideContext) => Promise<void>;
  /** Which records are to be decided; default all. */
  readonly wanted?: (record: LogRecord) => boolean;
  /** The id of a record; default its place. */
  readonly idOf?: (source: TopicPartition, record: LogRecord) => string;
}

export const placeId = ({ topic, partition }: TopicPartition, { offset }: { offset: number }) =>
  `${topic}/${partition}@${offset}`;

/** Hands every record over to be decided. Its state is how many it saw, which a decision repeats. */
export function decidingFold(options: DecidingFoldOptions = {}): FoldDefinition {
  const { topics = ['user-activity', 'transactions'], wanted = () => true } = options;
  const idOf = options.idOf ?? placeId;
  return {
    name: options.name ?? 'deciding',
    topics,
    tables: [],
    decide: stage(options),
    open(source, chunks) {
      let seen = Number(Buffer.from(chunks.get('seen') ?? Buffer.from('0')).toString());
      let pending: PendingDecision[] = [];
      return {
        apply({ record }) {
          if (!wanted(record)) return;
          seen += 1;
          pending.push({ id: idOf(source, record), item: seen });
        },
        changedRows: () => [],
        changedChunks: () => new Map([['seen', Buffer.from(`${seen}`)]]),
        takePending() {
          const taken = pending;
          pending = [];
          return taken;
        },
      };
    },
  };
}

let calls = 0;

function stage({ before }: DecidingFoldOptions): DecideStage {
  return {
    topic: DECISIONS,
    idOf: (record) => decisionOf(record).id,
    async decide(pending, context) {
      await before?.(pending, context);
      calls += 1;
      return pending.map(({ id, item }): DecisionRecord => {
        const decision: TestDecision = { id, result: `${process.pid} ${calls}`, item };
        const value = Buffer.from(JSON.stringify(decision));
        return { id, record: { key: Buffer.from(id), value, headers: {} } };
      });
    },
  };
}

export function decisionOf({ value }: LogRecord): TestDecision {
  return JSON.parse(Buffer.from(value).toString('utf8')) as TestDecision;
}
