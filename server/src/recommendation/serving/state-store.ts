import type { RowDelete, RowWrite, TableStore } from '../../ports/table-store.js';
import { SERVING_POINTER_TABLE, SERVING_STATE_TABLE } from '../tables.js';
import {
  joinedPieces,
  MANIFEST,
  manifestBytes,
  type Piece,
  PIECE_BYTES_MAX,
  pieceOf,
  piecesOf,
  type Positions,
  readManifest,
} from './state-pieces.js';

/** Rows of one write: at most 4 MiB. */
const ROWS_PER_WRITE = 16;
const REMOVES_PER_CALL = 1_000;

/** A state with the position of the log that it belongs to. */
export interface SavedState {
  readonly positions: Positions;
  readonly chunks: ReadonlyMap<string, Uint8Array>;
}

/** What changed since the last save; undefined means that a chunk is gone. */
export interface StateChange {
  readonly positions: Positions;
  readonly chunks: ReadonlyMap<string, Uint8Array | undefined>;
}

export interface StateStoreOptions {
  /** Holds SERVING_TABLES. */
  readonly tables: TableStore;
  /** Whose state it is; one writer at a time. */
  readonly owner: string;
  readonly nowMs: () => number;
}

/** Where a chunk was written. */
interface Place {
  readonly generation: number;
  readonly pieces: number;
}

/**
 * Keeps the read model's state in a table. A save writes the changed chunks and a manifest under a new generation, then
 * moves the pointer: whoever dies in between leaves the state of before. What no manifest lists is removed after the move,
 * and what a crash left at the next load.
 */
export class StateStore {
  readonly #tables: TableStore;
  readonly #owner: string;
  readonly #nowMs: () => number;
  #generation = 0;
  #places = new Map<string, Place>();
  #manifest: Place | undefined;
  /** Write times only grow, also over restarts with a clock that was set back. */
  #writeTime = 0;

  constructor({ tables, owner, nowMs }: StateStoreOptions) {
    this.#tables = tables;
    this.#owner = owner;
    this.#nowMs = nowMs;
  }

  /** Reads what was saved; undefined when there is nothing, or it is incomplete or of another format. */
  async load(): Promise<SavedState | undefined> {
    const pointer = await this.#tables.get(SERVING_POINTER_TABLE.name, [this.#owner]);
    this.#generation = Number(pointer?.cells['generation'] ?? 0);
    this.#writeTime = pointer?.writeTime ?? 0;
    const stored = await this.#stored();
    const bytes = joinedPieces(stored.get(MANIFEST) ?? [], this.#generation);
    const manifest = readManifest(bytes);
    if (bytes === undefined || manifest === undefined) return undefined;
    const places = new Map<string, Place>();
    const chunks = new Map<string, Uint8Array>();
    for (const [chunk, generation] of Object.entries(manifest.chunks)) {
      const whole = joinedPieces(stored.get(chunk) ?? [], generation);
      if (whole === undefined) return undefined;
      chunks.set(chunk, whole);
      places.set(chunk, { generation, pieces: piecesOf(whole) });
    }
    this.#places = places;
    this.#manifest = { generation: this.#generation, pieces: piecesOf(bytes) };
    await this.#sweep(stored);
    return { positions: manifest.positions, chunks };
  }

  /** Removes everything that was saved: the next save begins anew. Call it when `load` gave nothing, or nothing of use. */
  async clear(): Promise<void> {
    const stored = await this.#stored();
    this.#places = new Map();
    this.#manifest = undefined;
    await this.#sweep(stored);
  }

  /** Saves changes on top of what was saved or loaded last; durable when it resolves. A call that failed may be repeated. */
  async save({ positions, chunks }: StateChange): Promise<void> {
    const generation = this.#generation + 1;
    const next = new Map(this.#places);
    const written = new Map<string, Uint8Array>();
    for (const [chunk, bytes] of chunks) {
      if (bytes === undefined) {
        next.delete(chunk);
      } else {
        written.set(chunk, bytes);
        next.set(chunk, { generation, pieces: piecesOf(bytes) });
      }
    }
    const generations = [...next].map(([chunk, place]) => [chunk, place.generation] as const);
    const manifest = manifestBytes({ positions, chunks: Object.fromEntries(generations) });
    written.set(MANIFEST, manifest);
    await this.#write(written, generation);
    await this.#point(generation);
    // From here on the new state holds, whatever happens to what it replaced.
    const replaced = [...chunks.keys()].flatMap((chunk) =>
      this.#keys(chunk, this.#places.get(chunk)),
    );
    replaced.push(...this.#keys(MANIFEST, this.#manifest));
    this.#generation = generation;
    this.#places = next;
    this.#manifest = { generation, pieces: piecesOf(manifest) };
    await this.#remove(replaced, this.#nextWriteTime());
  }

  async #write(chunks: ReadonlyMap<string, Uint8Array>, generation: number): Promise<void> {
    const writeTime = this.#nextWriteTime();
    let rows: RowWrite[] = [];
    for (const [chunk, bytes] of chunks) {
      const pieces = piecesOf(bytes);
      for (let piece = 0; piece < pieces; piece++) {
        const part = bytes.subarray(piece * PIECE_BYTES_MAX, (piece + 1) * PIECE_BYTES_MAX);
        const key = [this.#owner, chunk, generation, piece];
        rows.push({ key, cells: { pieces, bytes: part }, writeTime });
        if (rows.length < ROWS_PER_WRITE) continue;
        await this.#tables.write(SERVING_STATE_TABLE.name, rows);
        rows = [];
      }
    }
    if (rows.length > 0) await this.#tables.write(SERVING_STATE_TABLE.name, rows);
  }

  /** All rows by chunk; also those that no manifest lists. */
  async #stored(): Promise<Map<string, Piece[]>> {
    const stored = new Map<string, Piece[]>();
    for await (const row of this.#tables.scan(SERVING_STATE_TABLE.name, [this.#owner])) {
      const piece = pieceOf(row);
      this.#writeTime = Math.max(this.#writeTime, piece.writeTime);
      const pieces = stored.get(piece.chunk);
      if (pieces === undefined) stored.set(piece.chunk, [piece]);
      else pieces.push(piece);
    }
    return stored;
  }

  /** Removes every stored row that the state does not consist of. */
  async #sweep(stored: ReadonlyMap<string, readonly Piece[]>): Promise<void> {
    const keys = [...stored].flatMap(([chunk, pieces]) => {
      const place = chunk === MANIFEST ? this.#manifest : this.#places.get(chunk);
      return pieces
        .filter((one) => one.generation !== place?.generation)
        .map((one) => [this.#owner, chunk, one.generation, one.piece]);
    });
    if (keys.length === 0) return;
    const writeTime = this.#nextWriteTime();
    // The next save uses this generation's keys again: its writes must be newer than the deletes, whatever the clock says
    // after a restart. The pointer remembers how far write times are.
    await this.#point(this.#generation);
    await this.#remove(keys, writeTime);
  }

  async #point(generation: number): Promise<void> {
    const row = { key: [this.#owner], cells: { generation }, writeTime: this.#nextWriteTime() };
    await this.#tables.write(SERVING_POINTER_TABLE.name, [row]);
  }

  #keys(chunk: string, place: Place | undefined): (string | number)[][] {
    if (place === undefined) return [];
    const { generation, pieces } = place;
    return Array.from({ length: pieces }, (_, piece) => [this.#owner, chunk, generation, piece]);
  }

  async #remove(keys: readonly (string | number)[][], writeTime: number): Promise<void> {
    for (let at = 0; at < keys.length; at += REMOVES_PER_CALL) {
      const part = keys.slice(at, at + REMOVES_PER_CALL);
      const rows = part.map((key): RowDelete => ({ key, writeTime }));
      await this.#tables.remove(SERVING_STATE_TABLE.name, rows);
    }
  }

  #nextWriteTime(): number {
    this.#writeTime = Math.max(this.#writeTime + 1, this.#nowMs() * 1_000);
    return this.#writeTime;
  }
}
