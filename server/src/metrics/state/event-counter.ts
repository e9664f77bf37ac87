import { COUNT, SKETCH, TOP } from '../columns.js';
import { type Effect, EFFECTS, NO_STEP } from '../effects.js';
import { type EventView, PAYLOAD } from '../event/event-view.js';
import { type EventTarget, ROWS_PER_WINDOW } from './event-target.js';
import { RecentVisits, VISIT } from './recent-visits.js';
import type { ShareRow } from './share-row.js';
import type { ShareState } from './share-state.js';
import type { WindowShare } from './window-share.js';

/** How events of one topic are counted besides their payload. */
export interface Arrival {
  /** Index of the counter of events. */
  readonly events: number;
  /** Index of the counter of late events. */
  readonly late: number;
  /** Whether visitors and sessions are counted from this topic. */
  readonly visits: boolean;
}

/** One event on its way into the counts. */
interface Counting {
  readonly target: EventTarget;
  readonly view: EventView;
  readonly writeTime: number;
  readonly effect: Effect | undefined;
}

/** Counts events into the windows and rows that they belong to. */
export class EventCounter {
  readonly #state: ShareState;
  readonly #arrival: Arrival;
  readonly #recent = new RecentVisits();

  constructor(state: ShareState, arrival: Arrival) {
    this.#state = state;
    this.#arrival = arrival;
  }

  /** Counts an event in everything that its target names. */
  count(target: EventTarget, view: EventView, writeTime: number): void {
    const counting: Counting = { target, view, writeTime, effect: EFFECTS.get(view.payload) };
    for (const window of target.windows) this.#state.touchWindow(window);
    this.#countRows(counting);
    this.#countDistinct(counting);
    if (view.payload === PAYLOAD.orderCompleted) this.#countOrder(counting);
    else if (view.payload === PAYLOAD.orderRefunded) addRefund(counting);
    for (const window of target.windows) this.#countTops(window, counting);
  }

  /** Counts an event as late in some rows. */
  countLate(rows: readonly ShareRow[], writeTime: number): void {
    for (const row of rows) {
      row.count(this.#arrival.late, 1, writeTime);
      this.#state.touchRow(row);
      this.#state.touchWindow(row.window);
    }
  }

  #countRows({ target, view, writeTime, effect }: Counting): void {
    for (const row of target.rows) {
      row.count(this.#arrival.events, 1, writeTime);
      if (effect !== undefined) row.count(effect.count, 1, writeTime);
      this.#state.touchRow(row);
    }
    if (effect?.byCategory !== true) return;
    for (const row of target.categories.of(view.categoryId)) {
      row.count(effect.count, 1, writeTime);
      this.#state.touchRow(row);
    }
  }

  #countDistinct(counting: Counting): void {
    const { view, writeTime, effect } = counting;
    const visit = this.#arrival.visits && view.payload !== PAYLOAD.productUpdated;
    if (visit && (view.visitor !== 0 || view.session !== 0)) {
      for (const row of this.#rowsToAdd(counting, VISIT)) {
        if (view.visitor !== 0) row.distinguish(SKETCH.visitors, view.visitor, writeTime);
        if (view.session !== 0) row.distinguish(SKETCH.sessions, view.session, writeTime);
      }
    }
    if (effect === undefined || effect.step === NO_STEP || view.session === 0) return;
    for (const row of this.#rowsToAdd(counting, effect.step)) {
      row.distinguish(effect.step, view.session, writeTime);
    }
  }

  /** The rows whose distinct counts may not know this visit yet. */
  #rowsToAdd({ target, view }: Counting, place: number): readonly ShareRow[] {
    // Events that are late for some resolution are few: no need to remember them.
    if (target.windows.length < 4) return target.rows;
    const windows = this.#recent.windowsToAdd(view, target, place);
    if (windows === 4) return target.rows;
    return windows === 0 ? [] : target.rows.slice(0, windows * ROWS_PER_WINDOW);
  }

  #countOrder({ target, view, writeTime }: Counting): void {
    let pieces = 0;
    for (const line of view.lines) pieces += line.quantity;
    for (const row of target.rows) {
      row.count(COUNT.items_sold, pieces, writeTime);
      if (view.total === undefined) continue;
      const amount = row.amount(view.total.currency, writeTime);
      amount.revenueNanos += view.total.nanos;
      amount.orders += 1;
    }
    for (const line of view.lines) {
      for (const row of target.categories.of(line.categoryId)) {
        row.count(COUNT.items_sold, line.quantity, writeTime);
        if (line.total !== undefined) {
          row.amount(line.total.currency, writeTime).revenueNanos += line.total.nanos;
        }
        this.#state.touchRow(row);
      }
    }
  }

  /** Counts an event in a window's lists of frequent values. */
  #countTops(window: WindowShare, { view, writeTime }: Counting): void {
    switch (view.payload) {
      case PAYLOAD.productViewed:
        window.top(TOP.products_viewed).add(view.productId, 1, writeTime);
        window.top(TOP.categories_viewed).add(view.categoryId, 1, writeTime);
        break;
      case PAYLOAD.productsSearched:
        window.top(TOP.search_terms).add(view.term, 1, writeTime);
        break;
      case PAYLOAD.orderCompleted: {
        const top = window.top(TOP.products_sold);
        for (const line of view.lines) top.add(line.productId, line.quantity, writeTime);
        break;
      }
      default:
        return;
    }
    this.#state.touchTops(window);
  }
}

function addRefund({ target, view, writeTime }: Counting): void {
  if (view.total === undefined) return;
  for (const row of target.rows) {
    row.amount(view.total.currency, writeTime).refundedNanos += view.total.nanos;
  }
}
