import type { RowChange, UpdateHub } from '../../gateway/watch/update-hub.js';
import { isPortError } from '../../ports/errors.js';
import type { Clock } from '../../ports/clock.js';
import type { TableStore } from '../../ports/table-store.js';
import { backoffMs, sleepUnlessAborted } from '../../retry/retry.js';
import { metricTable } from '../tables.js';
import { ShareView, type ViewSelection } from './share-view.js';

/** Least time between two rounds of deliveries, milliseconds: faster changes of one window become one. */
export const CONFLATION_MS = 20;

interface OpenView {
  readonly view: ShareView;
  users: number;
  /** Aborted when the last user left. */
  readonly left: AbortController;
}

interface OpenTable {
  /** By dimension. */
  readonly views: Map<string, OpenView>;
  readonly unsubscribe: Promise<() => void>;
}

/** A view in use. */
export interface ViewLease {
  readonly view: ShareView;
  release(): void;
}

export interface ViewsOptions {
  readonly tables: TableStore;
  readonly hub: UpdateHub;
  readonly clock: Clock;
  /** Told each time that reading rows again after a gap failed; it is tried again after at most 5 s. */
  readonly onReloadFailure: (error: unknown) => void;
}

/**
 * The views in use, one per table and dimension however many watch it, and their link to the hub: a change goes to
 * its view at once, listeners hear of it in the same turn of the event loop or at most 20 ms later.
 */
export class Views {
  readonly #options: ViewsOptions;
  readonly #tables = new Map<string, OpenTable>();
  /** Cancels the round that is due; undefined when none is. */
  #cancel: (() => void) | undefined;
  #flushedAtMs = Number.NEGATIVE_INFINITY;
  readonly #changed = new Set<ShareView>();

  constructor(options: ViewsOptions) {
    this.#options = options;
  }

  /** Opens a view, or joins one. It gets changes from then on; `completeFrom` gives it the rows of before. */
  async lease(selection: ViewSelection): Promise<ViewLease> {
    const name = metricTable(selection.kind, selection.rule.name);
    const table = this.#tables.get(name) ?? this.#openTable(name);
    const open = table.views.get(selection.dimension) ?? {
      view: new ShareView(this.#options.tables, selection),
      users: 0,
      left: new AbortController(),
    };
    table.views.set(selection.dimension, open);
    open.users += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      open.users -= 1;
      if (open.users === 0) this.#closeView(name, selection.dimension);
    };
    try {
      await table.unsubscribe;
    } catch (error) {
      release();
      throw error;
    }
    return { view: open.view, release };
  }

  /** Every view in use. */
  *all(): Generator<ShareView> {
    for (const table of this.#tables.values()) {
      for (const { view } of table.views.values()) yield view;
    }
  }

  /** Tells the listeners of all changes delivered so far. */
  flush(): void {
    this.#unschedule();
    this.#flushedAtMs = performance.now();
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const view of changed) view.flush();
  }

  close(): void {
    this.#unschedule();
    for (const [name, table] of this.#tables) {
      this.#tables.delete(name);
      for (const { left } of table.views.values()) left.abort();
      leave(table);
    }
  }

  #openTable(name: string): OpenTable {
    const views = new Map<string, OpenView>();
    const unsubscribe = this.#options.hub.subscribe(
      [name],
      (changes) => {
        this.#take(views, changes);
      },
      {
        onGap: () => {
          for (const open of views.values()) this.#lost(open);
        },
      },
    );
    const table = { views, unsubscribe };
    this.#tables.set(name, table);
    return table;
  }

  #closeView(name: string, dimension: string): void {
    const table = this.#tables.get(name);
    table?.views.get(dimension)?.left.abort();
    table?.views.delete(dimension);
    if (table === undefined || table.views.size > 0) return;
    this.#tables.delete(name);
    leave(table);
  }

  #take(views: ReadonlyMap<string, OpenView>, changes: readonly RowChange[]): void {
    for (const change of changes) {
      const view = views.get(String(change.key[0]))?.view;
      if (view?.apply(change) === true) this.#changed.add(view);
    }
    if (this.#changed.size > 0) this.#schedule();
  }

  /** Changes of a view were lost: reads its rows again, one reading at a time. */
  #lost({ view, left }: OpenView): void {
    const reading = view.stale;
    view.lose();
    if (reading) return;
    this.#reload(view, left.signal).catch((error: unknown) => {
      this.#options.onReloadFailure(error);
    });
  }

  /** Tries until the view is whole again, or nobody needs it any more. */
  async #reload(view: ShareView, left: AbortSignal): Promise<void> {
    const { clock, onReloadFailure } = this.#options;
    const unused = (): boolean => left.aborted;
    for (let attempts = 1; view.stale && !unused(); attempts++) {
      try {
        await view.reload(clock.nowMs());
        this.#changed.add(view);
        this.#schedule();
      } catch (error) {
        if (unused()) return;
        onReloadFailure(error);
        const hintMs = isPortError(error) ? error.retryAfterMs : undefined;
        await sleepUnlessAborted(clock, backoffMs(attempts, hintMs), left);
      }
    }
  }

  #schedule(): void {
    if (this.#cancel !== undefined) return;
    const waitMs = this.#flushedAtMs + CONFLATION_MS - performance.now();
    const run = (): void => {
      this.flush();
    };
    if (waitMs <= 0) {
      const immediate = setImmediate(run);
      this.#cancel = () => {
        clearImmediate(immediate);
      };
    } else {
      const timer = setTimeout(run, waitMs);
      this.#cancel = () => {
        clearTimeout(timer);
      };
    }
  }

  #unschedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

function leave(table: OpenTable): void {
  table.unsubscribe.then(
    (unsubscribe) => {
      unsubscribe();
    },
    () => undefined, // Whoever opened the table heard that it could not be subscribed to.
  );
}
