import type { EventView } from '../event/event-view.js';
import type { EventTarget } from './event-target.js';

const SLOTS = 16_384;
const SLOT_INTS = 16;
/** Places within a slot; one per distinct count follows, with the 10-second window in which it last took the visit. */
const VISITOR = 0;
const SESSION = 1;
const COMBINATION = 2;
const DAY = 3;
const LAST = 4;
const NEVER = -1;

const SPAN_MS = 10_000;
const SPANS_PER_MINUTE = 6;
const SPANS_PER_HOUR = 360;

/** Distinct counts that a visit goes to: its visitor and session, and one for each step of the funnel. */
export const VISIT = 0;

/**
 * Remembers which visits were added to which windows, so that the next event of the same visit does not try all its
 * distinct counts again. Only a cache: what it leaves out would change nothing. 1 MiB, made when first used; a visit
 * that shares its slot with another is merely added again.
 */
export class RecentVisits {
  #slots: Int32Array | undefined;

  /**
   * How many of the target's windows, finest first, have not yet seen this visit in a distinct count; they count as
   * seen afterwards. `place`: VISIT, or 1 and up for the steps, at most 11.
   */
  windowsToAdd(view: EventView, target: EventTarget, place: number): number {
    this.#slots ??= new Int32Array(SLOTS * SLOT_INTS);
    const slots = this.#slots;
    const at = ((view.session ^ (view.visitor >>> 7)) & (SLOTS - 1)) * SLOT_INTS;
    const day = Math.floor((target.windows[3]?.startMs ?? 0) / SPAN_MS);
    const known =
      slots[at + VISITOR] === view.visitor &&
      slots[at + SESSION] === view.session &&
      slots[at + COMBINATION] === target.combination &&
      slots[at + DAY] === day;
    if (!known) {
      slots[at + VISITOR] = view.visitor;
      slots[at + SESSION] = view.session;
      slots[at + COMBINATION] = target.combination;
      slots[at + DAY] = day;
      slots.fill(NEVER, at + LAST, at + SLOT_INTS);
    }
    const last = slots[at + LAST + place] ?? NEVER;
    const now = Math.floor(view.occurMs / SPAN_MS);
    slots[at + LAST + place] = now;
    if (last === NEVER) return 4;
    if (last === now) return 0;
    if (Math.floor(last / SPANS_PER_MINUTE) === Math.floor(now / SPANS_PER_MINUTE)) return 1;
    return Math.floor(last / SPANS_PER_HOUR) === Math.floor(now / SPANS_PER_HOUR) ? 2 : 3;
  }
}
