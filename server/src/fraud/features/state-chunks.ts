import { ByteSink, ByteSource, unpacked } from './bytes.js';
import { ENTITY_KINDS, type EntityKind } from './declaration.js';
import { checkEntityVersion, readSet, writeSet } from './entity-codec.js';
import { FeatureState, type StateLimits, viewBucket, type Viewer } from './feature-state.js';
import { KeptEntity } from './kept-entity.js';

const ENTITIES = 'entities-';
const VIEWS = 'views-';
const PURCHASES = 'purchases-';

/** The parts of the state that changed since the last call, by name. A part that became empty is gone. */
export function changedChunks(state: FeatureState): ReadonlyMap<string, Uint8Array | undefined> {
  const chunks = new Map<string, Uint8Array | undefined>();
  const put = (name: string, bytes: Uint8Array): void => {
    chunks.set(name, bytes.length === 0 ? undefined : bytes);
  };
  for (const [bucket, bytes] of entityChunks(state)) put(`${ENTITIES}${bucket}`, bytes);
  for (const [bucket, bytes] of viewChunks(state)) put(`${VIEWS}${bucket}`, bytes);
  for (const [bucket, bytes] of state.purchases.takeChanged()) put(`${PURCHASES}${bucket}`, bytes);
  return chunks;
}

/** The state that the chunks of a snapshot hold. Throws RangeError for chunks of another kind. */
export function stateFromChunks(
  chunks: ReadonlyMap<string, Uint8Array>,
  limits: StateLimits,
): FeatureState {
  const state = new FeatureState(limits);
  const kept = new Map<EntityKind, KeptEntity[]>(ENTITY_KINDS.map((kind) => [kind, []]));
  const viewers: Viewer[] = [];
  const purchases: ByteSource[] = [];
  for (const [name, bytes] of chunks) {
    const source = new ByteSource(bytes);
    if (name.startsWith(ENTITIES)) readEntities(source, kept);
    else if (name.startsWith(VIEWS)) readViewers(source, viewers);
    else if (name.startsWith(PURCHASES)) purchases.push(source);
    else throw new RangeError(`a snapshot of fraud features has a part ${name}: it is another's`);
  }
  for (const [kind, entities] of kept) state.entities[kind].restore(entities);
  state.viewers.restore(viewers);
  state.purchases.restore(purchases);
  return state;
}

function entityChunks(state: FeatureState): Map<number, Uint8Array> {
  const own = new ByteSink(512);
  return chunksOf(state.takeChangedBuckets(), (sink, bucket) => {
    ENTITY_KINDS.forEach((kind, number) => {
      for (const kept of state.entities[kind].inBucket(bucket)) {
        sink.number(number);
        sink.text(kept.id);
        sink.number(kept.touched);
        sink.number(kept.changedAt);
        sink.packed(kept.stored(own));
      }
    });
  });
}

function readEntities(source: ByteSource, kept: ReadonlyMap<EntityKind, KeptEntity[]>): void {
  while (!source.atEnd) {
    const kind = ENTITY_KINDS[source.number()];
    if (kind === undefined) throw new RangeError('a chunk holds an entity of no known kind');
    const id = source.text();
    const touched = source.number();
    const changedAt = source.number();
    const stored = source.packed();
    checkEntityVersion(unpacked(stored));
    kept.get(kind)?.push(Object.assign(new KeptEntity(kind, id, stored), { touched, changedAt }));
  }
}

function viewChunks(state: FeatureState): Map<number, Uint8Array> {
  return chunksOf(state.takeChangedViews(), (sink, bucket) => {
    for (const viewer of state.viewers.inBucket(bucket)) {
      sink.text(viewer.id);
      sink.number(viewer.touched);
      sink.number(viewer.firstMs);
      sink.number(viewer.published ? 1 : 0);
      writeSet(sink, viewer.items);
    }
  });
}

function readViewers(source: ByteSource, viewers: Viewer[]): void {
  while (!source.atEnd) {
    const id = source.text();
    viewers.push({
      id,
      bucket: viewBucket(id),
      touched: source.number(),
      firstMs: source.number(),
      published: source.number() !== 0,
      items: readSet(source),
    });
  }
}

function chunksOf(
  buckets: ReadonlySet<number>,
  write: (sink: ByteSink, bucket: number) => void,
): Map<number, Uint8Array> {
  const sink = new ByteSink(4_096);
  const chunks = new Map<number, Uint8Array>();
  for (const bucket of buckets) {
    write(sink, bucket);
    chunks.set(bucket, sink.take());
  }
  return chunks;
}
