import { PortError } from '../../ports/errors.js';
import type { LogRecord } from '../../ports/event-log.js';
import { TOPICS } from '../../ports/topics.js';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '../../processor/tables.js';
import type { UpdateHubOptions, UpdatesGap } from './open-update-hub.js';
import { createProgressBoard, type ProgressBoard } from './progress.js';
import { createUpdateDecoder, type UpdateDecoder } from './update-decoder.js';
import type { ChangeListener, PlacedChange, SubscribeOptions, UpdateHub } from './update-hub.js';
import { followUpdates } from './updates-tail.js';
import { createWatermark } from './watermark.js';

interface Subscription extends SubscribeOptions {
  readonly tables: ReadonlySet<string>;
  readonly listener: ChangeListener;
}

/** The hub over one tail per partition of `updates`. */
export class TailHub implements UpdateHub {
  readonly #options: UpdateHubOptions;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #subscriptions = new Set<Subscription>();
  readonly #progress: ProgressBoard;
  readonly #watermark: () => Promise<number>;
  readonly #offsets: number[];
  #decoder: UpdateDecoder = createUpdateDecoder([PROGRESS_TABLE.name]);
  #started: Promise<void> | undefined;
  /** Somebody listens to the progress table itself. */
  #progressWanted = false;
  #tails: readonly Promise<void>[] = [];

  /** `offsets`: the ends of `updates` as of now, by partition. */
  constructor(options: UpdateHubOptions, offsets: number[]) {
    this.#options = options;
    this.#offsets = offsets;
    this.#signal =
      options.signal === undefined
        ? this.#stop.signal
        : AbortSignal.any([options.signal, this.#stop.signal]);
    this.#progress = createProgressBoard(options.derived.partitions);
    this.#watermark = createWatermark({ ...options, progressOf: this.#progress.of });
  }

  async subscribe(
    tables: readonly string[],
    listener: ChangeListener,
    { onGap }: SubscribeOptions = {},
  ): Promise<() => void> {
    const subscription = { tables: new Set(tables), listener, onGap };
    // Listens before it waits: what is appended after the tails started is delivered.
    this.#subscriptions.add(subscription);
    this.#listen();
    const unsubscribe = (): void => {
      this.#drop(subscription);
    };
    try {
      await this.#ensureStarted();
    } catch (error) {
      unsubscribe();
      throw error;
    }
    return unsubscribe;
  }

  async watermarkMs(): Promise<number> {
    await this.#ensureStarted();
    return this.#watermark();
  }

  offsets(): readonly number[] {
    return [...this.#offsets];
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#subscriptions.clear();
    await this.#started?.catch(() => undefined);
    await Promise.all(this.#tails);
  }

  #listen(): void {
    const tables = [...this.#subscriptions].flatMap((one) => [...one.tables]);
    this.#progressWanted = tables.includes(PROGRESS_TABLE.name);
    this.#decoder = createUpdateDecoder([PROGRESS_TABLE.name, ...tables]);
  }

  async #ensureStarted(): Promise<void> {
    if (this.#signal.aborted) {
      throw new PortError('Unavailable', 'the update hub was closed: open another one');
    }
    this.#started ??= this.#start();
    const started = this.#started;
    try {
      await started;
    } catch (error) {
      // The next caller tries again.
      if (this.#started === started) this.#started = undefined;
      throw error;
    }
  }

  async #start(): Promise<void> {
    const { derived, tables, clock } = this.#options;
    const bounds = await derived.bounds(TOPICS.updates);
    // Read behind the ends: what it says is in the rows, for whoever reads them after subscribing.
    const known = tables?.scan(PROGRESS_TABLE.name, [PROCESSOR_GROUP]) ?? [];
    for await (const row of known) this.#progress.know(row);
    this.#tails = bounds.map(({ partition, end }) => {
      this.#offsets[partition] = end;
      return followUpdates({
        derived,
        partition,
        from: end,
        clock,
        signal: this.#signal,
        records: (records) => this.#deliver(partition, records),
        lost: (from, to, error) => this.#gap({ partition, from, to, error }),
        failed: (error) => this.#options.onFailure?.(error),
      }).catch((error: unknown) => this.#options.onFailure?.(error));
    });
  }

  #deliver(partition: number, records: readonly LogRecord[]): void {
    const changes: PlacedChange[] = [];
    const present = new Set<string>();
    for (const { offset, value } of records) {
      const change = this.#decode(partition, offset, value);
      if (change === undefined) continue;
      if (change.table === PROGRESS_TABLE.name) {
        this.#progress.see(partition, change);
        if (!this.#progressWanted) continue;
      }
      changes.push(change);
      present.add(change.table);
    }
    this.#offsets[partition] = (records.at(-1)?.offset ?? -1) + 1;
    for (const subscription of [...this.#subscriptions]) {
      const own = select(changes, present, subscription.tables);
      if (own.length > 0) this.#hand(subscription, own);
    }
  }

  /** What one listener does wrong is neither the others' trouble nor the tail's. */
  #hand(subscription: Subscription, changes: readonly PlacedChange[]): void {
    if (!this.#subscriptions.has(subscription)) return;
    try {
      subscription.listener(changes);
    } catch (error) {
      this.#options.onFailure?.(error);
      if (subscription.onGap === undefined) this.#drop(subscription);
      else this.#tellGap(subscription);
    }
  }

  #tellGap(subscription: Subscription): void {
    if (!this.#subscriptions.has(subscription)) return;
    try {
      subscription.onGap?.();
    } catch (error) {
      this.#options.onFailure?.(error);
      this.#drop(subscription);
    }
  }

  #drop(subscription: Subscription): void {
    if (this.#subscriptions.delete(subscription)) this.#listen();
  }

  #decode(partition: number, offset: number, value: Uint8Array): PlacedChange | undefined {
    try {
      const change = this.#decoder.decode(value);
      if (change === undefined) return undefined;
      const { table, key, cells, writeTime } = change;
      return { table, key, cells, writeTime, partition, offset };
    } catch (error) {
      // A damaged update is a missing one: whoever listens reads the rows again.
      this.#gap({ partition, from: offset, to: offset + 1, error });
      return undefined;
    }
  }

  #gap(gap: UpdatesGap): void {
    this.#offsets[gap.partition] = gap.to;
    this.#options.onGap?.(gap);
    for (const subscription of [...this.#subscriptions]) this.#tellGap(subscription);
  }
}

/** The changes of `tables`; most of the time those are all, and nothing is copied. */
function select(
  changes: readonly PlacedChange[],
  present: ReadonlySet<string>,
  tables: ReadonlySet<string>,
): readonly PlacedChange[] {
  for (const table of present) {
    if (!tables.has(table)) return changes.filter((change) => tables.has(change.table));
  }
  return changes;
}
