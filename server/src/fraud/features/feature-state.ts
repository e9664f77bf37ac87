import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { entryOf } from './count-payment.js';
import { countEvent, type FeatureTraces, tryPayment } from './count-event.js';
import { ENTITY_KINDS, type EntityKind } from './declaration.js';
import { Entity } from './entity.js';
import { type PaymentFacts, paymentFacts, surroundingsOf } from './payment-facts.js';
import { Purchases } from './purchases.js';
import { type Recent, RecencyMap } from './recency-map.js';
import { RecentSet } from './recent-set.js';
import { textHash } from './text-hash.js';

/** Parts of a snapshot that entities, and the views of devices, are spread over. */
export const ENTITY_BUCKETS = 1_024;
export const VIEW_BUCKETS = 128;

/** What one partition keeps at most; past it the one changed longest ago is forgotten and starts anew. */
export interface StateLimits {
  /** Entities of each kind. */
  readonly entitiesMax: number;
  /** Devices whose views are remembered. */
  readonly viewersMax: number;
  /** Payments, and orders. */
  readonly purchasesMax: number;
}

/** About 60 MB a partition when all are reached, at three to four events per entity. */
export const STATE_LIMITS: StateLimits = {
  entitiesMax: 20_000,
  viewersMax: 20_000,
  purchasesMax: 10_000,
};

/** An entity of this partition's share. */
export interface KeptEntity extends Recent {
  readonly entity: Entity;
  /** Write time of the record that changed it last, microseconds. */
  changedAt: number;
  /** Waits for a flush. */
  listed: boolean;
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
  #writeTime = 0;
  #changed: KeptEntity[] = [];
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
    return this.entities[kind].peek(id)?.entity;
  }

  touch(kind: EntityKind, id: string): Entity {
    const entities = this.entities[kind];
    let kept = entities.peek(id);
    if (kept === undefined) {
      const bucket = entityBucket(kind, id);
      kept = { id, bucket, touched: 0, entity: new Entity(kind), changedAt: 0, listed: false };
      const gone = entities.add(kept);
      if (gone !== undefined) this.#changedBuckets.add(gone.bucket);
    } else {
      entities.renew(kept);
    }
    kept.changedAt = this.#writeTime;
    this.#changedBuckets.add(kept.bucket);
    if (!kept.listed) {
      kept.listed = true;
      this.#changed.push(kept);
    }
    return kept.entity;
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

  takeChanged(): readonly KeptEntity[] {
    const changed = this.#changed;
    this.#changed = [];
    for (const kept of changed) kept.listed = false;
    return changed;
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

export function entityBucket(kind: EntityKind, id: string): number {
  return (textHash(id) ^ ENTITY_KINDS.indexOf(kind)) & (ENTITY_BUCKETS - 1);
}

export function viewBucket(deviceId: string): number {
  return textHash(deviceId) & (VIEW_BUCKETS - 1);
}
