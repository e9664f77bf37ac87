import { PortError } from '../ports/errors.js';
import type { TopicPartition } from '../ports/event-log.js';
import type { Key, Row, RowDelete, RowWrite, TableStore } from '../ports/table-store.js';
import { intCell } from './ownership.js';
import { CHUNKS_TABLE } from './tables.js';

/** Largest piece of a chunk, bytes. */
export const PIECE_BYTES_MAX = 256 * 1024;
const DELETES_PER_CALL = 1_000;
/** Pieces are written once under a key of their own, so any write time does. */
const WRITE_TIME = 1;

/** Whose chunks: one fold over one partition. */
export interface ChunkOwner {
  readonly fold: string;
  readonly source: TopicPartition;
}

/** One version of a chunk, which never changes; a pointer lists these. */
export interface ChunkVersion {
  readonly chunk: string;
  readonly epoch: number;
  readonly sequence: number;
}

/** A version with the number of rows that hold it. */
export interface StoredChunk extends ChunkVersion {
  readonly pieces: number;
}

export interface LoadedChunks {
  /** By the fold's own names. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly stored: ReadonlyMap<string, StoredChunk>;
  readonly bytes: number;
}

/** How many pieces `bytes` bytes take; an empty chunk has one. */
export function pieceCount(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / PIECE_BYTES_MAX));
}

/** Rows of a chunk's pieces. Copies the bytes, so the fold may go on changing them. */
export function pieceRows(owner: ChunkOwner, version: ChunkVersion, bytes: Uint8Array): RowWrite[] {
  const pieces = pieceCount(bytes.length);
  return Array.from({ length: pieces }, (_, piece) => ({
    key: pieceKey(owner, version, piece),
    cells: { pieces, bytes: bytes.slice(piece * PIECE_BYTES_MAX, (piece + 1) * PIECE_BYTES_MAX) },
    writeTime: WRITE_TIME,
  }));
}

/** Deletes of all pieces of a chunk. */
export function pieceDeletes(owner: ChunkOwner, stored: StoredChunk): RowDelete[] {
  return Array.from({ length: stored.pieces }, (_, piece) => ({
    key: pieceKey(owner, stored, piece),
    writeTime: WRITE_TIME,
  }));
}

function pieceKey({ fold, source }: ChunkOwner, version: ChunkVersion, piece: number): Key {
  const { chunk, epoch, sequence } = version;
  return [fold, source.topic, source.partition, chunk, epoch, sequence, piece];
}

/** Deletes pieces, some at a time. */
export async function removePieces(
  tables: TableStore,
  deletes: readonly RowDelete[],
): Promise<void> {
  for (let from = 0; from < deletes.length; from += DELETES_PER_CALL) {
    await tables.remove(CHUNKS_TABLE.name, deletes.slice(from, from + DELETES_PER_CALL));
  }
}

/** What to load: the chunks that a pointer lists, for the owner of `epoch`. */
export interface ListedChunks {
  readonly epoch: number;
  readonly listed: readonly ChunkVersion[];
}

/**
 * Reads the chunks that a pointer lists and deletes all others of earlier epochs, which owners left behind. Throws
 * NotFound when a listed chunk is not whole: a snapshot is never loaded in part.
 */
export async function loadChunks(
  tables: TableStore,
  owner: ChunkOwner,
  { epoch, listed }: ListedChunks,
): Promise<LoadedChunks> {
  const wanted = new Set(listed.map(versionName));
  const found = new Map<string, FoundChunk>();
  const orphans: RowDelete[] = [];
  const { fold, source } = owner;
  for await (const row of tables.scan(CHUNKS_TABLE.name, [fold, source.topic, source.partition])) {
    const version = versionOf(row);
    const name = versionName(version);
    if (wanted.has(name)) collect(found, name, row);
    // Not those of a newer epoch: then this owner is the one that is over, and does not know it yet.
    else if (version.epoch < epoch) orphans.push({ key: row.key, writeTime: WRITE_TIME });
  }
  const loaded = assemble(owner, listed, found);
  await removePieces(tables, orphans);
  return loaded;
}

function versionOf({ key }: Row): ChunkVersion {
  const [, , , chunk, epoch, sequence] = key;
  return { chunk: String(chunk), epoch: Number(epoch), sequence: Number(sequence) };
}

function versionName({ chunk, epoch, sequence }: ChunkVersion): string {
  return `${epoch}.${sequence}.${chunk}`;
}

/** The pieces of a version found so far, in order, and how many there must be. */
interface FoundChunk {
  readonly expected: number;
  readonly pieces: Uint8Array[];
}

function collect(found: Map<string, FoundChunk>, name: string, row: Row): void {
  const { bytes } = row.cells;
  const expected = intCell(row, 'pieces');
  if (!(bytes instanceof Uint8Array) || expected === undefined) return;
  const chunk = found.get(name) ?? { expected, pieces: [] };
  chunk.pieces.push(bytes);
  found.set(name, chunk);
}

function assemble(
  owner: ChunkOwner,
  listed: readonly ChunkVersion[],
  found: ReadonlyMap<string, FoundChunk>,
): LoadedChunks {
  const contents = new Map<string, Uint8Array>();
  const stored = new Map<string, StoredChunk>();
  let bytes = 0;
  for (const version of listed) {
    const chunk = found.get(versionName(version));
    if (chunk === undefined || chunk.pieces.length !== chunk.expected) {
      throw incomplete(owner, version, chunk?.pieces.length ?? 0);
    }
    const content = Buffer.concat(chunk.pieces);
    contents.set(version.chunk, content);
    stored.set(version.chunk, { ...version, pieces: chunk.pieces.length });
    bytes += content.length;
  }
  return { contents, stored, bytes };
}

function incomplete(
  { fold, source }: ChunkOwner,
  version: ChunkVersion,
  pieces: number,
): PortError {
  return new PortError(
    'NotFound',
    `chunk ${version.chunk} (epoch ${version.epoch}, snapshot ${version.sequence}) of fold ${fold} ` +
      `on ${source.topic}/${source.partition} is not whole, ${pieces} of its pieces are there: ` +
      'restore the tables, or delete the pointer to fold the log again from its start',
  );
}
