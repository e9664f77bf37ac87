import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { ByteSink, unpacked } from './bytes.js';
import { entryOf } from './count-payment.js';
import { countEvent, type FeatureTraces, tryPayment } from './count-event.js';
import { ENTITY_KINDS, type EntityKind } from './declaration.js';
import type { Entity } from './entity.js';
import { KeptEntity } from './kept-entity.js';
import { type PaymentFacts, paymentFacts, surroundingsOf } from './payment-facts.js';
import { Purchases } from './purchases.js';
import { type Recent, RecencyMap } from './recency-map.js';
import { RecentSet } from './recent-set.js';
import { textHash } from './text-hash.js';

/** Parts of a snapshot that the views of devices are spread over. */
export const VIEW_BUCKETS = 1_024;
/** Entities in their working form at most, after a flush. */
const WORKING_MAX = 4_096;

/** What one partition keeps at most; past it the one changed longest ago is forgotten and starts anew. */
export interface StateLimits {
  /** Entities of each kind. */
  readonly entitiesMax: number;
  /** Devices whose views are remembered. */
  readonly viewersMax: number;
  /** Payments, and orders. */
  readonly purchasesMax: number;
}

/** About 70 MB a partition when all are reached, at three to four events per entity. */
export const STATE_LIMITS: StateLimits = {
  entitiesMax: 20_000,
  viewersMax: 20_000,
  purchasesMax: 10_000,
};

/** An entity that waits for a flush. */
export interface ChangedEntity {
  readonly kept: KeptEntity;
  readonly bytes: Uint8Array;
}

/** What a device looked at. */
export interface Viewer extends Recent {
  readonly items: RecentSet;
  firstMs: number;
  /** Nothing was viewed since it was copied into the device's entity. */
  published: boolean;
}

/** The share of one partition: entities, views and purchases, and what of them changed. */
export class FeatureState implements FeatureTraces {
  readonly purchases: Purchases;
  readonly entities: Readonly<Record<EntityKind, RecencyMap<KeptEntity>>>;
  readonly viewers: RecencyMap<Viewer>;
  readonly #sink = new ByteSink(512);
  #writeTime = 0;
  #changed: KeptEntity[] = [];
  /** Those in their working form. */
  #working: KeptEntity[] = [];
  #changedBuckets = new Set<number>();
  #changedViews = new Set<number>();

  constructor(limits: StateLimits = STATE_LIMITS) {
    this.purchases = new Purchases(limits.purchasesMax);
    this.viewers = new RecencyMap(limits.viewersMax);
    this.entities = Object.fromEntries(
      ENTITY_KINDS.map((kind) => [kind, new RecencyMap<KeptEntity>(limits.entitiesMax)]),
    ) as Record<EntityKind, RecencyMap<KeptEntity>>;
  }

  /**
   * Takes an event. Returns the facts of a payment that carries no decision, at its first attempt as far as payments are
   * remembered; undefined for everything else. `writeTime`: microseconds.
   */
  take(happened: {
    readonly event: Event;
    readonly atMs: number;
    readonly writeTime: number;
  }): PaymentFacts | undefined {
    const { event, atMs } = happened;
    this.#writeTime = happened.writeTime;
    const { payload } = event;
    if (payload?.$case === 'productViewed') {
      this.view(event.anonymousId, entryOf(payload.value.product?.productId ?? ''), atMs);
      return undefined;
    }
    if (payload?.$case !== 'paymentAttempted') {
      countEvent(this, event, atMs);
      return undefined;
    }
    const { paymentId, decisionId } = payload.value;
    const open = decisionId === '' && !this.purchases.has(paymentId);
    const facts = paymentFacts(payload.value, surroundingsOf(event, atMs));
    tryPayment(this, facts);
    return open ? facts : undefined;
  }

  /** Notes that a device looked at an item. Changes no entity: views come with the device's next cart or login event. */
  view(deviceId: string, item: number, atMs: number): void {
    const known = this.viewers.peek(deviceId);
    const viewer = known ?? this.#addViewer(deviceId, atMs);
    if (known !== undefined) this.viewers.renew(known);
    this.#changedViews.add(viewer.bucket);
    if (atMs < viewer.firstMs) viewer.firstMs = atMs;
    if (item !== 0) viewer.items.add(item, atMs);
    viewer.published = false;
  }

  peek(kind: EntityKind, id: string): Entity | undefined {
    const kept = this.entities[kind].peek(id);
    if (kept === undefined) return undefined;
    if (!kept.working) this.#working.push(kept);
    return kept.entity();
  }

  /** The stored form of an entity; undefined when it is not known. */
  peekBytes(kind: EntityKind, id: string): Uint8Array | undefined {
    const kept = this.entities[kind].peek(id);
    return kept === undefined ? undefined : unpacked(kept.stored(this.#sink));
  }

  touch(kind: EntityKind, id: string): Entity {
    const entities = this.entities[kind];
    let kept = entities.peek(id);
    if (kept === undefined) {
      kept = new KeptEntity(kind, id);
      const gone = entities.add(kept);
      if (gone !== undefined) this.#changedBuckets.add(gone.bucket);
      this.#working.push(kept);
    } else {
      entities.renew(kept);
      if (!kept.working) this.#working.push(kept);
    }
    kept.changedAt = this.#writeTime;
    this.#changedBuckets.add(kept.bucket);
    if (!kept.listed) {
      kept.listed = true;
      this.#changed.push(kept);
    }
    return kept.change();
  }

  publishViews(deviceId: string): void {
    const viewer = this.viewers.peek(deviceId);
    if (viewer === undefined || viewer.published) return;
    viewer.published = true;
    this.#changedViews.add(viewer.bucket);
    const device = this.touch('device', deviceId);
    device.mark('first_seen', viewer.firstMs);
    device.addAll('viewed_items', viewer.items);
  }

  /** The entities that changed since the last call, each with its stored form. */
  takeChanged(): readonly ChangedEntity[] {
    const changed = this.#changed.map((kept) => {
      kept.listed = false;
      return { kept, bytes: unpacked(kept.stored(this.#sink)) };
    });
    this.#changed = [];
    if (this.#working.length > WORKING_MAX) {
      for (const kept of this.#working) kept.rest(this.#sink);
      this.#working = [];
    }
    return changed;
  }

  /** Forgets what changed, for a state that is never flushed. */
  discardChanges(): void {
    for (const kept of this.#changed) kept.listed = false;
    this.#changed = [];
    this.#working = [];
    this.#changedBuckets.clear();
    this.#changedViews.clear();
  }

  takeChangedBuckets(): ReadonlySet<number> {
    const changed = this.#changedBuckets;
    this.#changedBuckets = new Set();
    return changed;
  }

  takeChangedViews(): ReadonlySet<number> {
    const changed = this.#changedViews;
    this.#changedViews = new Set();
    return changed;
  }

  #addViewer(deviceId: string, atMs: number): Viewer {
    const bucket = viewBucket(deviceId);
    const items = new RecentSet();
    const made = { id: deviceId, bucket, touched: 0, items, firstMs: atMs, published: false };
    const gone = this.viewers.add(made);
    if (gone !== undefined) this.#changedViews.add(gone.bucket);
    return made;
  }
}

export function viewBucket(deviceId: string): number {
  return textHash(deviceId) & (VIEW_BUCKETS - 1);
}
