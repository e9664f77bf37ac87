import { type ByteSink, unpacked } from './bytes.js';
import { ENTITY_KINDS, type EntityKind } from './declaration.js';
import { Entity } from './entity.js';
import { encodeEntity, entityFromBytes } from './entity-codec.js';
import type { Recent } from './recency-map.js';
import { textHash } from './text-hash.js';

/** Parts of a snapshot that entities are spread over. */
export const ENTITY_BUCKETS = 1_024;

/**
 * An entity of this partition's share. It is kept in its stored form, in its working form, or both: the stored form takes a
 * tenth of the memory and is what rows, decisions and snapshots need; the working form is what changes.
 */
export class KeptEntity implements Recent {
  readonly kind: EntityKind;
  readonly id: string;
  readonly bucket: number;
  touched = 0;
  /** Write time of the record that changed it last, microseconds. */
  changedAt = 0;
  /** Waits for a flush. */
  listed = false;
  #entity: Entity | undefined;
  #stored: string | undefined;

  /** `stored`: the stored form, packed; without it the entity is new. */
  constructor(kind: EntityKind, id: string, stored?: string) {
    this.kind = kind;
    this.id = id;
    this.bucket = (textHash(id) ^ ENTITY_KINDS.indexOf(kind)) & (ENTITY_BUCKETS - 1);
    this.#entity = stored === undefined ? new Entity(kind) : undefined;
    this.#stored = stored;
  }

  /** Whether the working form is there. */
  get working(): boolean {
    return this.#entity !== undefined;
  }

  /** The working form, not to be changed. */
  entity(): Entity {
    this.#entity ??=
      this.#stored === undefined ? new Entity(this.kind) : entityFromBytes(unpacked(this.#stored));
    return this.#entity;
  }

  /** The working form, about to be changed. */
  change(): Entity {
    const entity = this.entity();
    this.#stored = undefined;
    return entity;
  }

  /** The stored form, packed. `sink` is empty before and after. */
  stored(sink: ByteSink): string {
    if (this.#stored === undefined) {
      encodeEntity(sink, this.entity());
      this.#stored = sink.takePacked();
    }
    return this.#stored;
  }

  /** Keeps the stored form only. */
  rest(sink: ByteSink): void {
    this.stored(sink);
    this.#entity = undefined;
  }
}
