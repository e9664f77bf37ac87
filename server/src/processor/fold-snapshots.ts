import { SnapshotPointer } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { Clock } from '../ports/clock.js';
import { PortError } from '../ports/errors.js';
import type { Row, RowDelete, RowWrite, TableStore } from '../ports/table-store.js';
import type { DecidedPlace } from './decided.js';
import { intCell, laterWriteTime } from './ownership.js';
import {
  loadChunks,
  pieceDeletes,
  pieceRows,
  type ChunkOwner,
  type ChunkVersion,
  type StoredChunk,
} from './snapshot-chunks.js';
import { SNAPSHOTS_TABLE } from './tables.js';

/** A state to keep: everything below `nextOffset` is in it. */
export interface FoldState {
  readonly nextOffset: number;
  /** Write time of the last record folded, microseconds; 0 before the first. */
  readonly writeTime: number;
  /** Parts changed since the last snapshot; undefined: gone. */
  readonly changed: ReadonlyMap<string, Uint8Array | undefined>;
  /** Of a fold with a stage that decides. */
  readonly decided?: DecidedPlace | undefined;
}

/** A snapshot on its way: write `rows`, then `flip`, then delete `retired`. */
export interface PreparedSnapshot {
  readonly rows: readonly RowWrite[];
  readonly chunks: number;
  readonly bytes: number;
  /** Makes the pointer name this snapshot, if the owner still is the owner. Throws Fenced otherwise. */
  flip(): Promise<void>;
  /** Pieces that no pointer lists any more once `flip` resolved. */
  readonly retired: readonly RowDelete[];
}

/** The snapshots of one fold over one partition, as one owner writes them. One at a time. */
export interface FoldSnapshots {
  /** Copies the changed chunks, so the fold may go on. */
  prepare(state: FoldState): PreparedSnapshot;
}

/** What the newest snapshot holds. */
export interface LoadedSnapshot {
  readonly nextOffset: number;
  readonly writeTime: number;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
  readonly decided: DecidedPlace;
  readonly bytes: number;
  readonly snapshots: FoldSnapshots;
}

export interface ClaimOptions {
  readonly tables: TableStore;
  readonly clock: Clock;
  /** The new owner's, from `takeOwnership`. */
  readonly epoch: number;
}

/**
 * Takes over the snapshots of a fold: the pointer's row gets the new epoch first, which shuts out every older owner,
 * and is loaded then. Throws Fenced when a newer owner was faster, NotFound when the snapshot is not whole.
 */
export async function claimSnapshots(
  options: ClaimOptions,
  owner: ChunkOwner,
): Promise<LoadedSnapshot> {
  const { pointer, writeTime } = await sealPointer(options, owner);
  const listed = pointer.chunks.map(({ chunk, epoch, sequence }) => ({
    chunk,
    epoch: Number(epoch),
    sequence: Number(sequence),
  }));
  const { contents, stored, bytes } = await loadChunks(options.tables, owner, {
    epoch: options.epoch,
    listed,
  });
  return {
    nextOffset: Number(pointer.nextOffset),
    writeTime: Number(pointer.writeTime),
    chunks: contents,
    decided: { offset: Number(pointer.decidedOffset), epoch: Number(pointer.decidedEpoch) },
    bytes,
    snapshots: createFoldSnapshots(options, owner, { stored, writeTime }),
  };
}

function pointerKey({ fold, source }: ChunkOwner): (string | number)[] {
  return [fold, source.topic, source.partition];
}

interface Sealed {
  readonly pointer: SnapshotPointer;
  /** Of the pointer's row, microseconds. */
  readonly writeTime: number;
}

async function sealPointer(
  { tables, clock, epoch }: ClaimOptions,
  owner: ChunkOwner,
): Promise<Sealed> {
  const key = pointerKey(owner);
  for (;;) {
    const row = await tables.get(SNAPSHOTS_TABLE.name, key);
    const held = intCell(row, 'epoch');
    const pointer = pointerOf(row);
    // Equal: an attempt before this one was applied although it seemed to fail.
    if (held === epoch) return { pointer, writeTime: row?.writeTime ?? 0 };
    if (held !== undefined && held > epoch) throw fenced(owner, epoch);
    const writeTime = laterWriteTime(row?.writeTime, clock.nowMs());
    const sealed = await tables.compareAndSet(SNAPSHOTS_TABLE.name, {
      key,
      expected:
        held === undefined ? undefined : { epoch: held, sequence: intCell(row, 'sequence') ?? 0 },
      next: { epoch, sequence: 0, pointer: SnapshotPointer.encode(pointer).finish() },
      writeTime,
    });
    // Refused: the owner before flipped once more, or a newer one came. Each of them changes the row for good.
    if (sealed) return { pointer, writeTime };
  }
}

function pointerOf(row: Row | undefined): SnapshotPointer {
  const bytes = row?.cells['pointer'];
  return bytes instanceof Uint8Array ? SnapshotPointer.decode(bytes) : SnapshotPointer.create();
}

function createFoldSnapshots(
  { tables, clock, epoch }: ClaimOptions,
  owner: ChunkOwner,
  loaded: { readonly stored: ReadonlyMap<string, StoredChunk>; readonly writeTime: number },
): FoldSnapshots {
  let { stored, writeTime } = loaded;
  let sequence = 0;

  async function flip(next: number, pointer: Uint8Array): Promise<void> {
    const key = pointerKey(owner);
    writeTime = laterWriteTime(writeTime, clock.nowMs());
    const flipped = await tables.compareAndSet(SNAPSHOTS_TABLE.name, {
      key,
      expected: { epoch, sequence: next - 1 },
      next: { epoch, sequence: next, pointer },
      writeTime,
    });
    if (flipped) return;
    const row = await tables.get(SNAPSHOTS_TABLE.name, key);
    // An attempt before this one was applied although it seemed to fail.
    if (intCell(row, 'epoch') === epoch && intCell(row, 'sequence') === next) return;
    throw fenced(owner, epoch);
  }

  return {
    prepare({ nextOffset, writeTime: foldedTime, changed, decided }) {
      sequence += 1;
      const next = sequence;
      const rows: RowWrite[] = [];
      const retired: RowDelete[] = [];
      const after = new Map(stored);
      let bytes = 0;
      for (const [chunk, content] of changed) {
        const before = stored.get(chunk);
        if (before !== undefined) retired.push(...pieceDeletes(owner, before));
        after.delete(chunk);
        if (content === undefined) continue;
        const version = { chunk, epoch, sequence: next };
        const pieces = pieceRows(owner, version, content);
        rows.push(...pieces);
        after.set(chunk, { ...version, pieces: pieces.length });
        bytes += content.length;
      }
      stored = after;
      const chunks = [...after.values()];
      const state = { nextOffset, writeTime: foldedTime, chunks, decided };
      const pointer = encodePointer(epoch, next, state);
      return { rows, retired, chunks: changed.size, bytes, flip: () => flip(next, pointer) };
    },
  };
}

function encodePointer(
  epoch: number,
  sequence: number,
  state: {
    readonly nextOffset: number;
    readonly writeTime: number;
    readonly chunks: readonly ChunkVersion[];
    readonly decided: DecidedPlace | undefined;
  },
): Uint8Array {
  const pointer: SnapshotPointer = {
    epoch: BigInt(epoch),
    sequence: BigInt(sequence),
    nextOffset: BigInt(state.nextOffset),
    writeTime: BigInt(state.writeTime),
    chunks: state.chunks.map((version) => ({
      chunk: version.chunk,
      epoch: BigInt(version.epoch),
      sequence: BigInt(version.sequence),
    })),
    decidedOffset: BigInt(state.decided?.offset ?? 0),
    decidedEpoch: BigInt(state.decided?.epoch ?? 0),
  };
  return SnapshotPointer.encode(pointer).finish();
}

function fenced({ fold, source }: ChunkOwner, epoch: number): PortError {
  return new PortError(
    'Fenced',
    `epoch ${epoch} of fold ${fold} on ${source.topic}/${source.partition} is over: another owner took it`,
  );
}
