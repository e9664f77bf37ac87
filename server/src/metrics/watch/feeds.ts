import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from '../../gateway/service-error.js';
import type { Clock } from '../../ports/clock.js';
import { TABLE_OF } from '../catalogue.js';
import { ROLLING_RULE } from '../rolling.js';
import type { Series } from '../series.js';
import type { Windows } from '../windows.js';
import type { LiveSeries } from './live-series.js';
import { PlainSeries } from './plain-series.js';
import { RollingSeries } from './rolling-series.js';
import { SeriesFeed } from './series-feed.js';
import type { Views } from './views.js';

interface OpenSeries {
  readonly live: Promise<LiveSeries>;
  users: number;
}

/** A series in use. */
export interface SeriesLease {
  readonly live: LiveSeries;
  release(): void;
}

export interface FeedsOptions {
  readonly views: Views;
  readonly windows: Windows;
  readonly clock: Clock;
  /** Distinct series at a time, 1 or more. */
  readonly seriesMax: number;
}

/** The series that are watched, each once however many watch it. */
export class Feeds {
  readonly #views: Views;
  readonly #windows: Windows;
  readonly #clock: Clock;
  readonly #seriesMax: number;
  readonly #open = new Map<string, OpenSeries>();
  readonly #live = new Set<LiveSeries>();

  constructor({ views, windows, clock, seriesMax }: FeedsOptions) {
    this.#views = views;
    this.#windows = windows;
    this.#clock = clock;
    this.#seriesMax = seriesMax;
  }

  /** Opens a series, or joins one. Throws ServiceError TOO_MANY_SUBSCRIBERS when it would be one too many. */
  async lease(series: Series): Promise<SeriesLease> {
    const known = this.#open.get(series.id);
    if (known === undefined && this.#open.size >= this.#seriesMax) throw tooMany(this.#seriesMax);
    const open = known ?? { live: this.#start(series), users: 0 };
    this.#open.set(series.id, open);
    open.users += 1;
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      open.users -= 1;
      if (open.users === 0) this.#close(series.id, open);
    };
    try {
      return { live: await open.live, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  tick(nowMs: number): void {
    for (const live of this.#live) live.tick(nowMs);
  }

  async #start(series: Series): Promise<LiveSeries> {
    const { computation } = series.metric;
    const rolling = computation.from === 'rolling';
    const lease = await this.#views.lease({
      kind: TABLE_OF[computation.from],
      rule: rolling ? ROLLING_RULE : series.rule,
      dimension: series.dimensionName,
    });
    const feed = new SeriesFeed(series, this.#windows);
    const windows = this.#windows;
    const live =
      computation.from === 'rolling'
        ? new RollingSeries({
            feed,
            lease,
            windows,
            rolling: computation,
            nowMs: () => this.#clock.nowMs(),
          })
        : new PlainSeries(feed, lease, windows);
    this.#live.add(live);
    return live;
  }

  #close(id: string, open: OpenSeries): void {
    this.#open.delete(id);
    open.live.then(
      (live) => {
        this.#live.delete(live);
        live.close();
      },
      () => undefined, // Whoever asked for the series heard that it could not be opened.
    );
  }
}

function tooMany(limit: number): ServiceError {
  const text = `the gateway serves ${limit} distinct series, as many as it may: try again later`;
  return new ServiceError(ErrorReason.TOO_MANY_SUBSCRIBERS, text, {
    metadata: { limit: String(limit) },
  });
}
