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
    const effect = EFFECTS.get(view.payload);
    this.#countRows(target.rows, effect, writeTime);
    for (const window of target.windows) this.#state.touchWindow(window);
    this.#countDistinct(target, view, effect, writeTime);
    if (effect?.byCategory === true) {
      for (const row of target.categories.of(view.categoryId)) {
        row.count(effect.count, 1, writeTime);
        this.#state.touchRow(row);
      }
    }
    if (view.payload === PAYLOAD.orderCompleted) this.#countOrder(target, view, writeTime);
    else if (view.payload === PAYLOAD.orderRefunded) addRefund(target, view, writeTime);
    for (const window of target.windows) this.#countTops(window, view, writeTime);
  }

  /** Counts an event as late in some rows. */
  countLate(rows: readonly ShareRow[], writeTime: number): void {
    for (const row of rows) {
      row.count(this.#arrival.late, 1, writeTime);
      this.#state.touchRow(row);
      this.#state.touchWindow(row.window);
    }
  }

  #countRows(rows: readonly ShareRow[], effect: Effect | undefined, writeTime: number): void {
    for (const row of rows) {
      row.count(this.#arrival.events, 1, writeTime);
      if (effect !== undefined) row.count(effect.count, 1, writeTime);
      this.#state.touchRow(row);
    }
  }

  #countDistinct(
    target: EventTarget,
    view: EventView,
    effect: Effect | undefined,
    writeTime: number,
  ): void {
    if (this.#arrival.visits && (view.visitor !== 0 || view.session !== 0)) {
      for (const row of this.#rowsToAdd(target, view, VISIT)) {
        if (view.visitor !== 0) row.distinguish(SKETCH.visitors, view.visitor, writeTime);
        if (view.session !== 0) row.distinguish(SKETCH.sessions, view.session, writeTime);
      }
    }
    if (effect === undefined || effect.step === NO_STEP || view.session === 0) return;
    for (const row of this.#rowsToAdd(target, view, effect.step)) {
      row.distinguish(effect.step, view.session, writeTime);
    }
  }

  /** The rows whose distinct counts may not know this visit yet. */
  #rowsToAdd(target: EventTarget, view: EventView, place: number): readonly ShareRow[] {
    // Events that are late for some resolution are few: no need to remember them.
    if (target.windows.length < 4) return target.rows;
    const windows = this.#recent.windowsToAdd(view, target, place);
    if (windows === 4) return target.rows;
    return windows === 0 ? [] : target.rows.slice(0, windows * ROWS_PER_WINDOW);
  }

  #countOrder(target: EventTarget, view: EventView, writeTime: number): void {
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
  #countTops(window: WindowShare, view: EventView, writeTime: number): void {
    switch (view.payload) {
      case PAYLOAD.productViewed:
        this.#rank(window, TOP.products_viewed, view.productId, 1, writeTime);
        this.#rank(window, TOP.categories_viewed, view.categoryId, 1, writeTime);
        break;
      case PAYLOAD.productsSearched:
        this.#rank(window, TOP.search_terms, view.term, 1, writeTime);
        break;
      case PAYLOAD.orderCompleted:
        for (const line of view.lines) {
          this.#rank(window, TOP.products_sold, line.productId, line.quantity, writeTime);
        }
        break;
      default:
    }
  }

  #rank(
    window: WindowShare,
    index: number,
    value: string,
    weight: number,
    writeTime: number,
  ): void {
    if (value === '' || weight <= 0) return;
    const top = window.top(index);
    top.counter.add(value, weight);
    top.changedAt = writeTime;
    this.#state.touchTops(window);
  }
}

function addRefund(target: EventTarget, view: EventView, writeTime: number): void {
  if (view.total === undefined) return;
  for (const row of target.rows) {
    row.amount(view.total.currency, writeTime).refundedNanos += view.total.nanos;
  }
}
