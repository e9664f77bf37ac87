import type {
  Decision,
  DecisionOrigin,
  SeenPosition,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import type { Clock } from '../../ports/clock.js';
import type { Position } from '../../ports/event-log.js';
import { INPUT_TOPICS } from '../../ports/topics.js';
import type { TableStore } from '../../ports/table-store.js';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '../../processor/tables.js';
import { countPayment, entryOf } from '../features/count-payment.js';
import { ENTITY_KINDS, type EntityKind } from '../features/declaration.js';
import { Entity } from '../features/entity.js';
import { featureValues } from '../features/feature-values.js';
import { type EntityShare, mergeShares, readShares } from '../features/merge.js';
import { entityIds, type PaymentFacts } from '../features/payment-facts.js';
import type { Rules } from '../rules/compile.js';
import { makeDecision } from './decision.js';

/** Payments whose features are read at the same time. */
const READ_AT_ONCE = 16;

/** A payment to decide. */
export interface ScoreInput {
  readonly facts: PaymentFacts;
  /** What the payment's own partition knew just after it, instead of that partition's rows. */
  readonly own?: OwnShares | undefined;
  /** Products that are about to be bought, where the payment's own events have not said so. */
  readonly productIds?: readonly string[] | undefined;
}

export interface OwnShares {
  /** The payment's record: it and everything before it is in the shares. */
  readonly position: Position;
  readonly shares: readonly Uint8Array[];
}

/** Decides payments by the merged features of the tables. */
export interface Scorer {
  /**
   * Decides payments, each by itself; entities that several of them name are read once. Throws what the tables throw
   * (Unavailable is retryable); unknown entities, shares that cannot be read and rules that fail do not throw.
   */
  score(payments: readonly ScoreInput[], origin: DecisionOrigin): Promise<readonly Decision[]>;
}

export interface ScorerOptions {
  /** Holds FRAUD_FEATURES_TABLE and the processor's progress. */
  readonly tables: TableStore;
  readonly rules: Rules;
  readonly clock: Clock;
  /** Told of a share that could not be read and was left out. Default: nobody is told. */
  readonly onUnreadable?: ((kind: EntityKind, error: unknown) => void) | undefined;
}

type SharesOf = (kind: EntityKind, id: string) => Promise<readonly EntityShare[]>;

export function openScorer(options: ScorerOptions): Scorer {
  const { tables, rules, clock } = options;

  async function entitiesOf(input: ScoreInput, sharesOf: SharesOf) {
    const ids = entityIds(input.facts);
    const kinds = ENTITY_KINDS.filter((kind) => ids[kind] !== '');
    const read = await Promise.all(kinds.map((kind) => sharesOf(kind, ids[kind])));
    const entities: Partial<Record<EntityKind, Entity>> = {};
    kinds.forEach((kind, index) => {
      const shares = otherShares(read[index] ?? [], input.own);
      const merged = mergeShares(shares, (error) => options.onUnreadable?.(kind, error));
      entities[kind] = merged ?? new Entity(kind);
    });
    for (const bytes of input.own?.shares ?? []) {
      const own = mergeShares([bytes], (error) => options.onUnreadable?.('user', error));
      if (own !== undefined) entities[own.kind]?.merge(own);
    }
    return entities;
  }

  async function scoreOne(
    input: ScoreInput,
    context: { sharesOf: SharesOf; origin: DecisionOrigin; seen: readonly SeenPosition[] },
  ): Promise<Decision> {
    const { facts, own, productIds = [] } = input;
    const entities = await entitiesOf(input, context.sharesOf);
    for (const id of productIds) entities.device?.add('checkout_items', entryOf(id), facts.atMs);
    if (own === undefined) countPayment((kind) => entities[kind] ?? new Entity(kind), facts);
    return makeDecision({
      facts,
      values: featureValues(facts, entities),
      rules,
      origin: context.origin,
      decideMs: clock.nowMs(),
      seenPositions: own === undefined ? context.seen : withOwn(context.seen, own.position),
    });
  }

  return {
    async score(payments, origin) {
      // Before the features: what is in the rows is then at least as new.
      const seen = await seenPositions(tables);
      const sharesOf = remembered((kind, id) => readShares(tables, kind, id));
      const decisions: Decision[] = [];
      for (let from = 0; from < payments.length; from += READ_AT_ONCE) {
        const part = payments.slice(from, from + READ_AT_ONCE);
        const context = { sharesOf, origin, seen };
        decisions.push(...(await Promise.all(part.map((input) => scoreOne(input, context)))));
      }
      return decisions;
    },
  };
}

/** Without the rows of the partition whose state came with the payment. */
function otherShares(
  shares: readonly EntityShare[],
  own: OwnShares | undefined,
): readonly Uint8Array[] {
  return shares
    .filter(
      ({ topic, partition }) =>
        own === undefined || topic !== own.position.topic || partition !== own.position.partition,
    )
    .map(({ bytes }) => bytes);
}

/** Reads each entity once. */
function remembered(read: SharesOf): SharesOf {
  const known = new Map<string, Promise<readonly EntityShare[]>>();
  return (kind, id) => {
    const name = `${kind} ${id}`;
    const shares = known.get(name) ?? read(kind, id);
    known.set(name, shares);
    return shares;
  };
}

/** How far the rows have come, for each input partition. */
async function seenPositions(tables: TableStore): Promise<readonly SeenPosition[]> {
  const seen: SeenPosition[] = [];
  for await (const row of tables.scan(PROGRESS_TABLE.name, [PROCESSOR_GROUP])) {
    const topic = String(row.key[1]);
    const { next_offset: offset } = row.cells;
    if (typeof offset !== 'number' || !INPUT_TOPICS.some((name) => name === topic)) continue;
    seen.push({ topic, partition: Number(row.key[2]), offset: BigInt(offset) });
  }
  return seen;
}

function withOwn(seen: readonly SeenPosition[], own: Position): readonly SeenPosition[] {
  const others = seen.filter(
    ({ topic, partition }) => topic !== own.topic || partition !== own.partition,
  );
  return [
    ...others,
    { topic: own.topic, partition: own.partition, offset: BigInt(own.offset + 1) },
  ];
}
