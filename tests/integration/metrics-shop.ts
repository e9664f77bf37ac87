import type { Point } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { WatchMetricsRequest } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { WatchMetricsResponse } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import type {
  ChangeListener,
  RowChange,
  SubscribeOptions,
  UpdateHub,
} from '@bytebasket/server/gateway/watch/update-hub';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import { METRIC_TABLES } from '@bytebasket/server/metrics/tables';
import type { Subscription } from '@bytebasket/server/metrics/watch/subscription';
import type { Fold } from '@bytebasket/server/processor/fold';
import { openWorld, type World } from '../support/processor-world.js';
import { tempFolder } from '../support/temp-folder.js';
import { inputOf, type Logged } from './metrics-events.js';
import { shown } from './metrics-rows.js';

export const TIME_ZONE = 'Europe/Berlin';

/** A hub that delivers what a test hands it. */
export class TestHub implements UpdateHub {
  readonly listeners = new Map<
    ChangeListener,
    { readonly tables: ReadonlySet<string>; readonly options: SubscribeOptions }
  >();
  watermark = 0;
  delivered = 0;

  subscribe(
    tables: readonly string[],
    listener: ChangeListener,
    options: SubscribeOptions = {},
  ): Promise<() => void> {
    this.listeners.set(listener, { tables: new Set(tables), options });
    return Promise.resolve(() => {
      this.listeners.delete(listener);
    });
  }

  emit(changes: readonly RowChange[]): void {
    const placed = changes.map((change, index) => {
      return { ...change, partition: 0, offset: this.delivered + index };
    });
    this.delivered += changes.length;
    for (const [listener, { tables }] of this.listeners) {
      const own = placed.filter((change) => tables.has(change.table));
      if (own.length > 0) listener(own);
    }
  }

  /** Says that changes were lost. */
  gap(): void {
    for (const { options } of this.listeners.values()) options.onGap?.();
  }

  watermarkMs(): Promise<number> {
    return Promise.resolve(this.watermark);
  }

  offsets(): readonly number[] {
    return [this.delivered];
  }

  close(): Promise<void> {
    this.listeners.clear();
    return Promise.resolve();
  }
}

/** Folds, tables and a hub, joined as the processor joins them, one flush at a time. */
export interface TestShop {
  readonly world: World;
  readonly hub: TestHub;
  /** Folds events, stores their rows, then delivers the changes (unless `lost`). */
  flush(events: readonly Logged[], options?: { readonly lost?: boolean }): Promise<void>;
  close(): Promise<void>;
}

export async function openShop(): Promise<TestShop> {
  const folder = await tempFolder('metrics-shop');
  const world = await openWorld({ folder: folder.path, tables: METRIC_TABLES });
  const hub = new TestHub();
  const definition = metricsFold({ timeZone: TIME_ZONE });
  const folds = new Map<string, Fold>();
  let clock = 0;
  const foldOf = (topic: string, partition: number): Fold => {
    const name = `${topic}/${partition}`;
    const fold = folds.get(name) ?? definition.open({ topic, partition }, new Map());
    folds.set(name, fold);
    return fold;
  };
  return {
    world,
    hub,
    async flush(events, { lost = false } = {}) {
      for (const { topic, partition, event, appendMs } of events) {
        clock = Math.max(clock + 1, appendMs * 1_000);
        const source = { topic, partition };
        foldOf(topic, partition).apply(inputOf(source, { appendMs, event, writeTime: clock }));
      }
      const rows = [...folds.values()].flatMap((fold) => fold.changedRows());
      const byTable = grouped(rows);
      await Promise.all([...byTable].map(([table, own]) => world.tables.write(table, own)));
      if (!lost) hub.emit(rows);
    },
    async close() {
      await hub.close();
      await world.close();
      await folder.remove();
    },
  };
}

function grouped<Row extends { readonly table: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.table) ?? [];
    groups.set(row.table, group);
    group.push(row);
  }
  return groups;
}

type PartialRequest = Parameters<typeof WatchMetricsRequest.fromPartial>[0];

/** A request from its parts. */
export function watchRequest(partial: PartialRequest): WatchMetricsRequest {
  return WatchMetricsRequest.fromPartial(partial);
}

/** Where messages come from: a subscription in this process, or a client's stream. */
type MessageSource = Subscription | AsyncIterator<WatchMetricsResponse>;

/** What a subscriber knows: the newest value of each point, and how it came. */
export class Picture {
  readonly points = new Map<string, Point>();
  readonly checkpoints: { resumeToken: string; watermarkTime: Date | undefined }[] = [];
  /** Values received, in order. */
  readonly received: Point[] = [];

  take(message: WatchMetricsResponse): 'value' | 'checkpoint' {
    const event = message.event;
    if (event?.$case === 'checkpoint') {
      this.checkpoints.push(event.value);
      return 'checkpoint';
    }
    if (event === undefined) throw new Error('a message is empty');
    this.received.push(event.value);
    this.points.set(pointId(event.value), event.value);
    return 'value';
  }

  /** Reads until the next checkpoint. */
  async readToCheckpoint(from: MessageSource): Promise<void> {
    while ((await this.#readOne(from)) !== 'checkpoint');
  }

  /** Reads until the next value. */
  async readToValue(from: MessageSource): Promise<void> {
    while ((await this.#readOne(from)) !== 'value');
  }

  async #readOne(from: MessageSource): Promise<'value' | 'checkpoint'> {
    const step = await from.next();
    if (step.done === true) throw new Error('the stream ended early');
    const { value } = step;
    return this.take(value instanceof Uint8Array ? WatchMetricsResponse.decode(value) : value);
  }

  lines(): string[] {
    return linesOf(this.points.values());
  }
}

/** Points as comparable lines. */
export function linesOf(points: Iterable<Point>): string[] {
  return [...points].map((point) => `${pointId(point)} ${shown(point.value)}`).toSorted();
}

/** What tells points apart. */
export function pointId(point: Point): string {
  const currency = point.value?.$case === 'money' ? point.value.value.currencyCode : '';
  const { metric, resolution, dimension, dimensionValue, startTime } = point;
  return [metric, resolution, dimension, dimensionValue, startTime?.toISOString(), currency].join(
    ' ',
  );
}
