import { channelName, countryName, deviceName, UNKNOWN } from '../dimensions.js';
import type { EventView } from '../event/event-view.js';
import type { ShareRow } from './share-row.js';
import type { WindowShare } from './window-share.js';

/** Rows of one event in one window: the shop's and those of its country, device and channel. */
export const ROWS_PER_WINDOW = 4;
/** Most categories whose rows a target remembers. */
const CATEGORIES_MAX = 2_000;

/** Where an event counts. */
export interface EventTarget {
  /** The windows, finest first. */
  readonly windows: readonly WindowShare[];
  /** ROWS_PER_WINDOW rows for each of the windows, in their order. */
  readonly rows: readonly ShareRow[];
  /** Which country, device and channel these rows are of. */
  readonly combination: number;
  readonly categories: CategoryRows;
}

/** The rows of a window for an event's country, device and channel, and of the whole shop. */
export function rowsIn(window: WindowShare, view: EventView): readonly ShareRow[] {
  return [
    window.shop,
    window.row('country', countryName(view.country)),
    window.row('device', deviceName(view.device)),
    window.row('channel', channelName(view.channel)),
  ];
}

/** One number for an event's country, device and channel. */
export function combinationOf(view: EventView): number {
  return (view.country * 64 + view.device) * 64 + view.channel;
}

/** Finds the rows of a category in a set of windows, with one look-up for a category seen before. */
export class CategoryRows {
  readonly #windows: readonly WindowShare[];
  readonly #rows = new Map<string, readonly ShareRow[]>();

  constructor(windows: readonly WindowShare[]) {
    this.#windows = windows;
  }

  of(category: string): readonly ShareRow[] {
    const known = this.#rows.get(category);
    if (known !== undefined) return known;
    const value = category === '' ? UNKNOWN : category;
    const rows = this.#windows.map((window) => window.row('category', value));
    if (this.#rows.size >= CATEGORIES_MAX) this.#rows.clear();
    this.#rows.set(category, rows);
    return rows;
  }
}
