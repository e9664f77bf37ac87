import { ByteReader, ByteWriter, damaged } from './bytes.js';
import { tieHash } from './text-hash.js';
import type { CountedItem } from './event-weights.js';

const FORMAT = 1;
/** A scope holds up to twice as many items between two cuts: 2 x 300 x (256 x 3 + 10) bytes fit into a chunk. */
const ITEMS_PER_SCOPE_MAX = 300;
/** Weights are brought to a new landmark before they grow beyond 2^500. */
const HALF_LIVES_MAX = 500;
/** A decayed count below this (an event 50 half-lives ago) is nothing. */
const NOTHING = 2 ** -50;

export interface DecaySettings {
  /** After so long an event counts half, ms; above 0. */
  readonly halfLifeMs: number;
  /** Items kept per scope, 1 to 300: those with the highest counts. */
  readonly itemsPerScopeMax: number;
  /** Scopes kept, 1 or more: those that changed last. */
  readonly scopesMax: number;
}

/** What to add to one scope. */
export interface DecayedAddition {
  readonly item: string;
  /** Negative takes back an earlier addition of the same time exactly, because counts are linear. */
  readonly weight: number;
  /** ms since the epoch. Any order: late events count what they would have counted. */
  readonly atMs: number;
}

interface Scope {
  /** The time at which a weight counts as it is. */
  landmarkMs: number;
  /** Counts up over all scopes: the lowest one changed longest ago. Saved, so that a restart forgets the same ones. */
  turn: number;
  readonly counts: Map<string, number>;
  /** The counts in order, until one changes. */
  ranked?: readonly (readonly [item: string, count: number])[] | undefined;
}

/**
 * Counts of items per scope (all, a category) that halve with time, kept as forward decay (Cormode, Shkapenyuk, Srivastava,
 * Xu, "Forward decay", 2009): an event adds weight x 2^((t - landmark) / half-life), so nothing is recomputed as time
 * passes and the order of events does not matter. Bounded: a scope that holds twice its items is cut to the highest
 * ones, and past the bound of scopes the one that changed longest ago leaves.
 */
export class DecayedCounts {
  readonly #settings: DecaySettings;
  /** The scope that changed last is the last one. */
  readonly #scopes = new Map<string, Scope>();
  readonly #changed = new Set<string>();
  #turn = 0;

  constructor(settings: DecaySettings) {
    this.#settings = checked(settings);
  }

  /** Opens counts from the chunks of `changedChunks`. Throws an Error when they are damaged. */
  static load(chunks: ReadonlyMap<string, Uint8Array>, settings: DecaySettings): DecayedCounts {
    const counts = new DecayedCounts(settings);
    const saved = [...chunks].map(([name, bytes]) => [name, readScope(name, bytes)] as const);
    for (const [name, scope] of saved.sort(([, a], [, b]) => a.turn - b.turn)) {
      counts.#scopes.set(name, scope);
      counts.#turn = scope.turn;
    }
    return counts;
  }

  /** Scopes held. */
  get size(): number {
    return this.#scopes.size;
  }

  add(scopeName: string, { item, weight, atMs }: DecayedAddition): void {
    const scope = this.#scopes.get(scopeName) ?? emptyScope(atMs);
    this.#scopes.delete(scopeName);
    this.#scopes.set(scopeName, scope);
    this.#changed.add(scopeName);
    scope.ranked = undefined;
    scope.turn = ++this.#turn;
    const halfLives = (atMs - scope.landmarkMs) / this.#settings.halfLifeMs;
    if (halfLives > HALF_LIVES_MAX) moveLandmark(scope, atMs, halfLives);
    const factor = halfLives > HALF_LIVES_MAX ? 1 : 2 ** halfLives;
    const count = (scope.counts.get(item) ?? 0) + weight * factor;
    if (count > factor * NOTHING) scope.counts.set(item, count);
    else scope.counts.delete(item);
    if (scope.counts.size >= this.#settings.itemsPerScopeMax * 2) this.#cut(scope);
    if (this.#scopes.size > this.#settings.scopesMax) this.#dropStalest();
  }

  /** At most `n` items of a scope, the highest count first (ties: `tieHash`); empty for an unknown scope. */
  top(scopeName: string, n: number, accepts?: (item: string) => boolean): CountedItem[] {
    const scope = this.#scopes.get(scopeName);
    if (scope === undefined) return [];
    const found: CountedItem[] = [];
    for (const [item, score] of ranked(scope)) {
      if (found.length >= n) break;
      if (accepts?.(item) !== false) found.push({ item, score });
    }
    return found;
  }

  /** Scopes changed since the last call, by name, each in at most 512 KiB for items of up to 256 characters. */
  changedChunks(): ReadonlyMap<string, Uint8Array | undefined> {
    const chunks = new Map<string, Uint8Array | undefined>();
    for (const name of this.#changed) {
      const scope = this.#scopes.get(name);
      chunks.set(name, scope === undefined ? undefined : writeScope(scope));
    }
    this.#changed.clear();
    return chunks;
  }

  #cut(scope: Scope): void {
    const kept = ranked(scope).slice(0, this.#settings.itemsPerScopeMax);
    scope.counts.clear();
    for (const [item, count] of kept) scope.counts.set(item, count);
  }

  #dropStalest(): void {
    for (const name of this.#scopes.keys()) {
      this.#scopes.delete(name);
      this.#changed.add(name);
      return;
    }
  }
}

function emptyScope(landmarkMs: number): Scope {
  return { landmarkMs, turn: 0, counts: new Map() };
}

/** Brings the counts to a later landmark; what is left of old ones goes with them. */
function moveLandmark(scope: Scope, toMs: number, halfLives: number): void {
  const factor = 2 ** -halfLives;
  for (const [item, count] of scope.counts) {
    if (count * factor > NOTHING) scope.counts.set(item, count * factor);
    else scope.counts.delete(item);
  }
  scope.landmarkMs = toMs;
}

function ranked(scope: Scope): readonly (readonly [string, number])[] {
  scope.ranked ??= [...scope.counts].sort(
    ([a, x], [b, y]) => y - x || tieHash(a) - tieHash(b) || (a < b ? -1 : 1),
  );
  return scope.ranked;
}

function writeScope({ landmarkMs, turn, counts }: Scope): Uint8Array {
  const writer = new ByteWriter().number(FORMAT).double(landmarkMs).number(turn);
  writer.number(counts.size);
  for (const [item, count] of counts) writer.text(item).double(count);
  return writer.finish();
}

function readScope(name: string, bytes: Uint8Array): Scope {
  const reader = new ByteReader(bytes, name);
  const format = reader.number();
  if (format !== FORMAT) throw damaged(name, `its format is ${format}, not ${FORMAT}`);
  const landmarkMs = reader.double();
  const scope: Scope = { landmarkMs, turn: reader.number(), counts: new Map() };
  for (let left = reader.number(); left > 0; left--) {
    scope.counts.set(reader.text(), reader.double());
  }
  return scope;
}

function checked(settings: DecaySettings): DecaySettings {
  const { halfLifeMs, itemsPerScopeMax, scopesMax } = settings;
  if (!(halfLifeMs > 0)) throw new RangeError(`halfLifeMs is ${halfLifeMs}: use a number above 0`);
  const items = Number.isInteger(itemsPerScopeMax) && itemsPerScopeMax > 0;
  if (!items || itemsPerScopeMax > ITEMS_PER_SCOPE_MAX) {
    const range = `use a whole number from 1 to ${ITEMS_PER_SCOPE_MAX}`;
    throw new RangeError(`itemsPerScopeMax is ${itemsPerScopeMax}: ${range}`);
  }
  if (!Number.isInteger(scopesMax) || scopesMax < 1) {
    throw new RangeError(`scopesMax is ${scopesMax}: use a whole number of at least 1`);
  }
  return settings;
}
