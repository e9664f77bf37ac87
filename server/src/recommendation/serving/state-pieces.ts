import type { Row } from '../../ports/table-store.js';

/** As the processor's snapshots: far below what a cell may hold. */
export const PIECE_BYTES_MAX = 256 * 1024;

/** The chunk that lists the others; those have a `/` in their names. */
export const MANIFEST = 'manifest';

/** Raise when what chunks hold changes: an older state is then dropped, and the model built from the log. */
const FORMAT = 2;

/** Next offset to read, by topic and partition. */
export type Positions = Readonly<Record<string, readonly number[]>>;

/** What a generation of the saved state consists of. */
export interface Manifest {
  readonly format: number;
  readonly positions: Positions;
  /** The generation under which each chunk was written. */
  readonly chunks: Readonly<Record<string, number>>;
}

/** One row of the state table. */
export interface Piece {
  readonly chunk: string;
  readonly generation: number;
  readonly piece: number;
  readonly pieces: number;
  readonly bytes: Uint8Array;
  readonly writeTime: number;
}

/** 1 for empty bytes. */
export function piecesOf(bytes: Uint8Array): number {
  return Math.max(1, Math.ceil(bytes.length / PIECE_BYTES_MAX));
}

export function pieceOf({ key, cells, writeTime }: Row): Piece {
  const [, chunk, generation, piece] = key;
  const { pieces, bytes } = cells;
  return {
    chunk: String(chunk),
    generation: Number(generation),
    piece: Number(piece),
    pieces: Number(pieces),
    bytes: bytes instanceof Uint8Array ? bytes : new Uint8Array(0),
    writeTime,
  };
}

/** The bytes of a chunk as it was written under a generation; undefined when a piece is missing. */
export function joinedPieces(pieces: readonly Piece[], generation: number): Uint8Array | undefined {
  const own = pieces
    .filter((one) => one.generation === generation)
    .sort((a, b) => a.piece - b.piece);
  const complete = own[0]?.pieces === own.length && own.every((one, at) => one.piece === at);
  return complete ? new Uint8Array(Buffer.concat(own.map(({ bytes }) => bytes))) : undefined;
}

export function manifestBytes(manifest: Omit<Manifest, 'format'>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...manifest }));
}

/** Undefined for no bytes and for those of another format. */
export function readManifest(bytes: Uint8Array | undefined): Manifest | undefined {
  if (bytes === undefined) return undefined;
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  return manifest.format === FORMAT ? manifest : undefined;
}
