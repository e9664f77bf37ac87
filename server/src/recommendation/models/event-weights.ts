/** What a visitor did with an item. */
export type ItemAction = 'view' | 'cart' | 'purchase';

/** How much each action says, against a view; 0 or more. */
export type EventWeights = Readonly<Record<ItemAction, number>>;

export const DEFAULT_EVENT_WEIGHTS: EventWeights = { view: 1, cart: 3, purchase: 5 };

/** An action that popularity models count. */
export interface CountedAction {
  readonly item: string;
  /** Its category, when the catalogue knows it: counts there too. */
  readonly category?: string | undefined;
  /** ms since the epoch: the event's time. */
  readonly atMs: number;
}

/** An item with its count. */
export interface CountedItem {
  readonly item: string;
  /** The decayed count; comparable within one answer only. */
  readonly score: number;
}
