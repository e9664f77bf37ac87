import type { Clock } from '../../ports/clock.js';
import { PortError } from '../../ports/errors.js';
import type { EventLog, LogRecord } from '../../ports/event-log.js';
import type { TableStore } from '../../ports/table-store.js';
import { TOPICS } from '../../ports/topics.js';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '../../processor/tables.js';
import { createProgressBoard } from './progress.js';
import { createUpdateDecoder, type UpdateDecoder } from './update-decoder.js';
import type { ChangeListener, RowChange, SubscribeOptions, UpdateHub } from './update-hub.js';
import { followUpdates } from './updates-tail.js';
import { createWatermark } from './watermark.js';

export interface UpdateHubOptions {
  /** Holds the topic `updates`. */
  readonly derived: EventLog;
  /** Holds the input topics, whose ends the watermark is compared with. */
  readonly inputs: EventLog;
  readonly clock: Clock;
  /**
   * Holds the processor's progress table. Without it the progress is unknown until the processor's next flush after
   * the first subscription: `watermarkMs` is 0 until then, also when nothing more is coming.
   */
  readonly tables?: TableStore | undefined;
  /** Input topics that the processor folds; default all. */
  readonly inputTopics?: readonly string[] | undefined;
  /** Closes the hub when aborted. */
  readonly signal?: AbortSignal | undefined;
}

interface Subscription extends SubscribeOptions {
  readonly tables: ReadonlySet<string>;
  readonly listener: ChangeListener;
}

/** Opens the hub. Its tails start with the first subscription. Throws NotFound when `updates` is not declared. */
export async function openUpdateHub(options: UpdateHubOptions): Promise<UpdateHub> {
  const { derived, clock } = options;
  const stop = new AbortController();
  const signal =
    options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const subscriptions = new Set<Subscription>();
  const progress = createProgressBoard(derived.partitions);
  const offsets = (await derived.bounds(TOPICS.updates)).map(({ end }) => end);
  let decoder = createUpdateDecoder([PROGRESS_TABLE.name]);
  let started: Promise<void> | undefined;
  let tails: Promise<void>[] = [];

  function deliver(partition: number, records: readonly LogRecord[]): void {
    const changes = decodeAll(decoder, records);
    for (const change of changes) progress.see(partition, change);
    offsets[partition] = (records.at(-1)?.offset ?? -1) + 1;
    for (const { tables, listener } of [...subscriptions]) {
      const own = changes.filter(({ table }) => tables.has(table));
      if (own.length > 0) listener(own);
    }
  }

  function gap(partition: number, start: number): void {
    offsets[partition] = start;
    for (const { onGap } of [...subscriptions]) onGap?.();
  }

  function listen(): void {
    const tables = [...subscriptions].flatMap((one) => [...one.tables]);
    decoder = createUpdateDecoder(new Set([PROGRESS_TABLE.name, ...tables]));
  }

  async function start(): Promise<void> {
    const bounds = await derived.bounds(TOPICS.updates);
    // Read behind the ends: what the table says by then is in the rows for whoever reads them after subscribing.
    const known = options.tables?.scan(PROGRESS_TABLE.name, [PROCESSOR_GROUP]) ?? [];
    for await (const row of known) progress.know(row);
    tails = bounds.map(({ partition, end }) => {
      offsets[partition] = end;
      return followUpdates({
        derived,
        partition,
        from: end,
        clock,
        signal,
        records: (records) => deliver(partition, records),
        gap: (startOffset) => gap(partition, startOffset),
      });
    });
  }

  function ensureStarted(): Promise<void> {
    if (signal.aborted)
      throw new PortError('Unavailable', 'the update hub was closed: open another');
    started ??= start().catch((error: unknown) => {
      started = undefined;
      throw error;
    });
    return started;
  }
  const watermark = createWatermark({ ...options, progressOf: progress.of });

  return {
    async subscribe(tables, listener, extra = {}) {
      const subscription = { tables: new Set(tables), listener, onGap: extra.onGap };
      subscriptions.add(subscription);
      listen();
      const unsubscribe = (): void => {
        if (subscriptions.delete(subscription)) listen();
      };
      try {
        await ensureStarted();
      } catch (error) {
        unsubscribe();
        throw error;
      }
      return unsubscribe;
    },
    async watermarkMs() {
      await ensureStarted();
      return watermark();
    },
    offsets: () => [...offsets],
    async close() {
      stop.abort();
      subscriptions.clear();
      await Promise.all(tails);
    },
  };
}

function decodeAll(decoder: UpdateDecoder, records: readonly LogRecord[]): RowChange[] {
  const changes: RowChange[] = [];
  for (const { value } of records) {
    const change = decoder.decode(value);
    if (change !== undefined) changes.push(change);
  }
  return changes;
}
