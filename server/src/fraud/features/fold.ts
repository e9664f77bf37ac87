import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { TopicPartition } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import type { DecideStage, PendingDecision } from '../../processor/decide.js';
import type { Fold, FoldDefinition, FoldInput, TableRowWrite } from '../../processor/fold.js';
import { ENTITY_KINDS } from './declaration.js';
import { EventScan } from './event-scan.js';
import { type FeatureState, STATE_LIMITS, type StateLimits } from './feature-state.js';
import { entityIds, type PaymentFacts } from './payment-facts.js';
import { changedChunks, stateFromChunks } from './state-chunks.js';
import { FRAUD_FEATURES_TABLE, SHARE_COLUMN } from './table.js';

/** A payment that nobody decided yet, with what its own partition knows of those who take part, the payment counted. */
export interface PendingPayment {
  readonly facts: PaymentFacts;
  /** Encoded entities, see `entity-codec.ts`. */
  readonly shares: readonly Uint8Array[];
  readonly offset: number;
}

/** A fold that hands over the payments to be decided. */
export interface FeaturesFold extends Fold {
  takePending(): readonly (PendingDecision & { readonly item: PendingPayment })[];
}

export interface FeaturesFoldDefinition extends FoldDefinition {
  open(source: TopicPartition, chunks: ReadonlyMap<string, Uint8Array>): FeaturesFold;
}

export interface FeaturesFoldOptions {
  /** Default: STATE_LIMITS. */
  readonly limits?: Partial<StateLimits> | undefined;
  /** Decides the payments that carry no decision; without one they stay undecided. */
  readonly decide?: DecideStage | undefined;
}

/**
 * The instant at which an event counts: when it happened, but never after the log took it. Features trust the shop's
 * clocks as far back, not ahead.
 */
export function featureTime(occurMs: number, appendMs: number): number {
  return Math.max(0, Math.floor(Math.min(occurMs, appendMs)));
}

/**
 * The fold behind fraud features: events of both input topics into what is known of each user, card, device, IP address
 * and shipping address. Payments that carry no decision are handed over with the state just after them, so every window
 * includes the payment that is decided; each payment id once, as long as it is remembered.
 */
export function fraudFeaturesFold(options: FeaturesFoldOptions = {}): FeaturesFoldDefinition {
  const bounds = { ...STATE_LIMITS, ...options.limits };
  return {
    name: 'fraud-features',
    topics: [TOPICS.userActivity, TOPICS.transactions],
    tables: [FRAUD_FEATURES_TABLE],
    open: (source, chunks) => openFold(source, stateFromChunks(chunks, bounds)),
    decide: options.decide,
  };
}

function openFold({ topic, partition }: TopicPartition, state: FeatureState): FeaturesFold {
  const scan = new EventScan();
  let pending: (PendingDecision & { readonly item: PendingPayment })[] = [];

  function takeEvent(input: FoldInput): void {
    const event = input.decode(Event.decode);
    const { appendMs, offset } = input.record;
    if (event.occurTime === undefined) {
      throw new RangeError('occur_time is absent: it is required');
    }
    const atMs = featureTime(event.occurTime.getTime(), appendMs);
    const facts = state.take({ event, atMs, writeTime: input.writeTime });
    if (facts !== undefined) pending.push(pendingPayment(state, facts, offset));
  }

  return {
    apply(input) {
      const scanned = scan.scan(input.record.value);
      if (scanned === 'view') {
        state.view(scan.deviceId, scan.item, featureTime(scan.occurMs, input.record.appendMs));
      } else if (scanned === 'decode') takeEvent(input);
    },
    takePending() {
      const taken = pending;
      pending = [];
      return taken;
    },
    changedRows() {
      return state.takeChanged().map(({ kept, bytes }): TableRowWrite => ({
        table: FRAUD_FEATURES_TABLE.name,
        key: [kept.kind, kept.id, topic, partition],
        cells: { [SHARE_COLUMN]: bytes },
        writeTime: kept.changedAt,
      }));
    },
    changedChunks: () => changedChunks(state),
  };
}

function pendingPayment(
  state: FeatureState,
  facts: PaymentFacts,
  offset: number,
): PendingDecision & { readonly item: PendingPayment } {
  const ids = entityIds(facts);
  const shares = ENTITY_KINDS.flatMap((kind) => {
    const bytes = ids[kind] === '' ? undefined : state.peekBytes(kind, ids[kind]);
    return bytes === undefined ? [] : [bytes];
  });
  return { id: facts.paymentId, item: { facts, shares, offset } };
}
