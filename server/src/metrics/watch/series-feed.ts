import type { Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { compareTexts } from '../dimensions.js';
import { pointOf } from '../points.js';
import type { Series } from '../series.js';
import type { Windows } from '../windows.js';
import { internalError } from '../../gateway/error-mapping.js';
import { valueMessage } from './messages.js';
import type { Message, Subscription } from './subscription.js';

type PointValue = NonNullable<Point['value']>;

/** The newest value of one point. */
class PointMessage implements Message {
  readonly startMs: number;
  readonly dimensionValue: string;
  readonly currency: string;
  value: PointValue;
  bytes: Uint8Array;

  constructor(place: PointKey, value: PointValue, bytes: Uint8Array) {
    this.startMs = place.startMs;
    this.dimensionValue = place.dimensionValue;
    this.currency = place.currency;
    this.value = value;
    this.bytes = bytes;
  }
}

/** What tells the points of a series apart. */
export interface PointKey {
  readonly startMs: number;
  readonly dimensionValue: string;
  /** Empty for everything but amounts. */
  readonly currency: string;
}

/**
 * One series for all its subscribers: holds the newest value of every point, encodes a changed one once and gives the
 * same bytes to all. Each subscriber gets windows from a start of its own.
 */
export class SeriesFeed {
  readonly series: Series;
  readonly #windows: Windows;
  /** First window of each subscriber, by its start. */
  readonly #subscribers = new Map<Subscription, number>();
  readonly #points = new Map<number, Map<string, PointMessage>>();

  constructor(series: Series, windows: Windows) {
    this.series = series;
    this.#windows = windows;
  }

  get subscribers(): number {
    return this.#subscribers.size;
  }

  subscribe(subscription: Subscription, fromMs: number): void {
    this.#subscribers.set(subscription, fromMs);
  }

  unsubscribe(subscription: Subscription): void {
    this.#subscribers.delete(subscription);
  }

  /** The values cannot be made: ends the subscriptions of the series with INTERNAL, its cause kept for the log. */
  fail(error: unknown): void {
    for (const subscription of [...this.#subscribers.keys()]) {
      subscription.end(internalError(error));
    }
  }

  /** Takes the present value of a point; a changed one goes to the subscribers. */
  update(key: PointKey, value: PointValue): void {
    const points = this.#points.get(key.startMs) ?? new Map<string, PointMessage>();
    this.#points.set(key.startMs, points);
    const id = `${key.dimensionValue}\n${key.currency}`;
    const known = points.get(id);
    if (known !== undefined && sameNumber(known.value, value)) return;
    const bytes = this.#encoded(key, value);
    if (known === undefined) {
      const made = new PointMessage(key, value, bytes);
      points.set(id, made);
      this.#deliver(made);
      return;
    }
    if (Buffer.compare(known.bytes, bytes) === 0) return;
    known.value = value;
    known.bytes = bytes;
    this.#deliver(known);
  }

  /** Points of a window as they are known. */
  pointsOf(startMs: number): Iterable<PointKey> {
    return this.#points.get(startMs)?.values() ?? [];
  }

  /** Everything known from a window on, ordered by window, dimension value, currency. */
  snapshot(fromMs: number): readonly Message[] {
    const messages: PointMessage[] = [];
    for (const [startMs, points] of this.#points) {
      if (startMs >= fromMs) messages.push(...points.values());
    }
    return messages.toSorted(
      (a, b) =>
        a.startMs - b.startMs ||
        compareTexts(a.dimensionValue, b.dimensionValue) ||
        compareTexts(a.currency, b.currency),
    );
  }

  /** Forgets the points of windows that start before `ms`. */
  forgetBefore(ms: number): void {
    for (const startMs of this.#points.keys()) if (startMs < ms) this.#points.delete(startMs);
  }

  #encoded(key: PointKey, value: PointValue): Uint8Array {
    const window = this.#windows.at(this.series.rule, key.startMs);
    const place = { window, dimensionValue: key.dimensionValue };
    return valueMessage(pointOf(this.series, place, value));
  }

  #deliver(message: PointMessage): void {
    for (const [subscription, fromMs] of this.#subscribers) {
      if (message.startMs >= fromMs) subscription.push(message);
    }
  }
}

/** Saves encoding what is plainly unchanged. */
function sameNumber(a: PointValue, b: PointValue): boolean {
  return (a.$case === 'count' || a.$case === 'ratio') && a.$case === b.$case && a.value === b.value;
}
