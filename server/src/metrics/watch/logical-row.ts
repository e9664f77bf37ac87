import type { Cells } from '../../ports/table-store.js';
import type { SketchName } from '../columns.js';
import { MergedShares } from '../shares.js';
import type { DistinctUnion } from '../sketches/distinct-union.js';
import type { TableKind } from '../tables.js';

interface Share {
  readonly name: string;
  readonly writeTime: number;
  readonly cells: Cells;
}

/** The shares of one window and dimension value as a view holds them. */
export class LogicalRow {
  readonly kind: TableKind;
  readonly startMs: number;
  readonly dimensionValue: string;
  /** True while the row waits in its view's list of changes. */
  listed = false;
  readonly #shares = new Map<string, Share>();
  /** Distinct counts that rolling metrics asked for, until the next change. */
  readonly #distinct = new Map<SketchName, DistinctUnion | undefined>();

  constructor(kind: TableKind, startMs: number, dimensionValue: string) {
    this.kind = kind;
    this.startMs = startMs;
    this.dimensionValue = dimensionValue;
  }

  /** Takes a share if it is newer than what is known of it. Returns whether it was. */
  apply(id: string, share: Share): boolean {
    const known = this.#shares.get(id);
    if (known !== undefined && known.writeTime >= share.writeTime) return false;
    const cells = known === undefined ? share.cells : { ...known.cells, ...share.cells };
    this.#shares.set(id, { name: share.name, writeTime: share.writeTime, cells });
    this.#distinct.clear();
    return true;
  }

  merged(): MergedShares {
    const merged = new MergedShares();
    for (const { name, cells } of this.#shares.values()) merged.add(this.kind, name, cells);
    return merged;
  }

  /** A distinct count of the row, merged once per change. */
  distinct(sketch: SketchName): DistinctUnion | undefined {
    if (!this.#distinct.has(sketch)) this.#distinct.set(sketch, this.#united(sketch));
    return this.#distinct.get(sketch);
  }

  #united(sketch: SketchName): DistinctUnion | undefined {
    const merged = new MergedShares();
    for (const { name, cells } of this.#shares.values()) {
      if (name === sketch) merged.add(this.kind, name, cells);
    }
    return merged.distinct.get(sketch);
  }
}
