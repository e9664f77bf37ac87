import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { WatchMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { encodeResumeToken } from '../../gateway/resume-token.js';
import { ServiceError } from '../../gateway/service-error.js';
import type { UpdateHub } from '../../gateway/watch/update-hub.js';
import type { Clock } from '../../ports/clock.js';
import type { TableStore } from '../../ports/table-store.js';
import { readSeries } from '../read-series.js';
import type { Windows } from '../windows.js';
import { Feeds, type SeriesLease } from './feeds.js';
import { checkpointMessage, valueMessage } from './messages.js';
import { type Selection, selectionOf, type WantedSeries } from './selection.js';
import { type Message, Subscription } from './subscription.js';
import { Views } from './views.js';

const TICK_MS = 1_000;
/** A subscription without changes gets a checkpoint after this time: with a tick and a slow network within 10 s. */
const QUIET_MS = 7_500;

/** Bounds of WatchMetrics. */
export interface WatchLimits {
  /** Subscriptions at a time, 1 or more. */
  readonly subscribersMax: number;
  /** Distinct series at a time, over all subscriptions, 1 or more. */
  readonly seriesMax: number;
  /** Points that may wait for one subscriber besides its snapshot, 1 or more. */
  readonly pendingMax: number;
}

export interface WatchOptions {
  readonly tables: TableStore;
  readonly hub: UpdateHub;
  readonly clock: Clock;
  readonly windows: Windows;
  readonly limits: WatchLimits;
  /** Told what went wrong behind the scenes; the watch goes on. */
  readonly onFailure: (error: unknown) => void;
}

/** One subscriber with its selection. */
interface Open {
  readonly subscription: Subscription;
  readonly leases: SeriesLease[];
  /** Undefined until the snapshot was made: checkpoints come after it. */
  filter: Uint8Array | undefined;
}

/** The live side of the metrics: all subscriptions of this process. */
export class MetricsWatch {
  readonly #options: WatchOptions;
  readonly #views: Views;
  readonly #feeds: Feeds;
  readonly #open = new Set<Open>();
  readonly #stop = new AbortController();
  #ticking = false;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#views = new Views({ ...options, onReloadFailure: options.onFailure });
    const { windows, clock, limits } = options;
    this.#feeds = new Feeds({ views: this.#views, windows, clock, seriesMax: limits.seriesMax });
  }

  /** Opens a subscription: snapshot, checkpoint, then changes. Errors come with its first message. */
  subscribe(request: WatchMetricsRequest, signal: AbortSignal): Subscription {
    const subscription: Subscription = new Subscription({
      opening: this.#opening(request, () => open, signal),
      onEnd: () => {
        this.#release(open);
      },
      pendingMax: this.#options.limits.pendingMax,
      signal,
    });
    const open: Open = { subscription, leases: [], filter: undefined };
    return subscription;
  }

  /** Ends all subscriptions with SHUTTING_DOWN. */
  close(): void {
    this.#stop.abort();
    const text = 'the gateway is stopping: reconnect';
    const error = new ServiceError(ErrorReason.SHUTTING_DOWN, text);
    for (const { subscription } of [...this.#open]) subscription.end(error);
    this.#views.close();
  }

  async *#opening(
    request: WatchMetricsRequest,
    openOf: () => Open,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { windows, clock, hub } = this.#options;
    const open = openOf();
    this.#admit(open);
    const nowMs = clock.nowMs();
    const selection = selectionOf(request, windows, nowMs);
    await this.#lease(open, selection);
    for (const [index, wanted] of selection.wanted.entries()) {
      const live = open.leases[index]?.live;
      if (live === undefined) return;
      const liveFromMs = live.liveFromMs(nowMs);
      yield* this.#closedWindows(wanted, { toMs: liveFromMs, nowMs, signal });
      await live.complete(Math.max(wanted.fromMs, liveFromMs), nowMs);
    }
    const watermarkMs = await hub.watermarkMs();
    // From here on synchronous: what changes after the snapshot goes through the feeds.
    if (open.subscription.ended) return;
    this.#begin(open, selection, watermarkMs);
  }

  #admit(open: Open): void {
    const { subscribersMax } = this.#options.limits;
    if (this.#stop.signal.aborted) {
      throw new ServiceError(ErrorReason.SHUTTING_DOWN, 'the gateway is stopping: reconnect');
    }
    if (this.#open.size >= subscribersMax) {
      const text = `the gateway serves ${subscribersMax} subscriptions, as many as it may: try again later`;
      throw new ServiceError(ErrorReason.TOO_MANY_SUBSCRIBERS, text, {
        metadata: { limit: String(subscribersMax) },
      });
    }
    this.#open.add(open);
    this.#startTicking();
  }

  async #lease(open: Open, selection: Selection): Promise<void> {
    for (const { series } of selection.wanted) {
      const lease = await this.#feeds.lease(series);
      open.leases.push(lease);
      // The subscriber may have left meanwhile: nobody else would give the lease back.
      if (open.subscription.ended) this.#release(open);
    }
  }

  async *#closedWindows(
    { series, fromMs }: WantedSeries,
    range: { readonly toMs: number; readonly nowMs: number; readonly signal: AbortSignal },
  ): AsyncGenerator<Uint8Array, void, undefined> {
    if (fromMs >= range.toMs) return;
    for await (const { point } of readSeries(this.#options, { series, fromMs, ...range })) {
      yield valueMessage(point);
    }
  }

  #begin(open: Open, selection: Selection, watermarkMs: number): void {
    const nowMs = this.#options.clock.nowMs();
    const messages: Message[] = [];
    for (const [index, { fromMs }] of selection.wanted.entries()) {
      const live = open.leases[index]?.live;
      if (live === undefined) continue;
      live.refresh(fromMs, nowMs);
      for (const message of live.feed.snapshot(fromMs)) messages.push(message);
      live.feed.subscribe(open.subscription, fromMs);
    }
    open.filter = selection.filter;
    open.subscription.start(messages);
    open.subscription.checkpointAtMs = nowMs;
    // The first one then comes with a tick, as soon as the rows were read again.
    if (stale(open)) open.subscription.changed = true;
    else open.subscription.pushCheckpoint(this.#checkpoint(selection.filter, watermarkMs));
  }

  #release(open: Open): void {
    this.#open.delete(open);
    for (const { live, release } of open.leases.splice(0)) {
      live.feed.unsubscribe(open.subscription);
      release();
    }
  }

  #startTicking(): void {
    if (this.#ticking) return;
    this.#ticking = true;
    this.#tickOn().then(
      () => {
        this.#ticking = false;
      },
      (error: unknown) => {
        this.#ticking = false;
        if (!this.#stop.signal.aborted) this.#options.onFailure(error);
      },
    );
  }

  async #tickOn(): Promise<void> {
    const { clock, onFailure } = this.#options;
    while (this.#open.size > 0) {
      await clock.sleep(TICK_MS, this.#stop.signal);
      try {
        await this.#tick();
      } catch (error) {
        // The log may be away for a while: values and checkpoints go on with the next tick.
        onFailure(error);
      }
    }
  }

  async #tick(): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    this.#feeds.tick(nowMs);
    const watermarkMs = await this.#options.hub.watermarkMs();
    this.#views.flush();
    const checkpoints = new Map<string, Message>();
    for (const open of this.#open) {
      const { subscription, filter } = open;
      if (filter === undefined || stale(open)) continue;
      const quietMs = Math.abs(nowMs - subscription.checkpointAtMs);
      if (!subscription.changed && quietMs < QUIET_MS) continue;
      const id = Buffer.from(filter).toString('latin1');
      const checkpoint = checkpoints.get(id) ?? this.#checkpoint(filter, watermarkMs);
      checkpoints.set(id, checkpoint);
      subscription.pushCheckpoint(checkpoint);
      subscription.checkpointAtMs = nowMs;
    }
  }

  #checkpoint(filter: Uint8Array, watermarkMs: number): Message {
    const token = encodeResumeToken(filter, this.#options.hub.offsets());
    return { bytes: checkpointMessage(token, watermarkMs) };
  }
}

/** A checkpoint would promise values that were lost on the way and are not read again yet. */
function stale({ leases }: Open): boolean {
  return leases.some(({ live }) => live.stale);
}
