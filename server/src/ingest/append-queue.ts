import { setImmediate as nextTurn } from 'node:timers/promises';
import { PortError } from '../ports/errors.js';
import type { EventLog, NewRecord } from '../ports/event-log.js';

/** Records of one batch for one topic. */
export interface Portion {
  readonly topic: string;
  readonly records: readonly NewRecord[];
}

export type Offsets = PromiseSettledResult<readonly number[]>;

/** Hands the batches of many calls to the log in groups. */
export interface AppendQueue {
  /**
   * Appends the portions of one batch, behind those of earlier calls. Resolves with the outcome of each portion, once all of
   * them are durable or have failed; never rejects.
   */
  append(batch: QueuedBatch): Promise<readonly Offsets[]>;
}

export interface QueuedBatch {
  readonly portions: readonly Portion[];
  readonly bytes: number;
  /** Asked when its turn comes: false gives up the batch, its portions fail with Unavailable. */
  readonly wanted: () => boolean;
}

interface Waiting extends QueuedBatch {
  readonly resolve: (outcomes: readonly Offsets[]) => void;
}

/** What one group takes at most: the log takes 10,000 records an append, and no commit should take long. */
const GROUP_RECORDS_MAX = 8_000;
const GROUP_BYTES_MAX = 8 * 1024 * 1024;
/** How long a group may wait for more, while every turn of the event loop brings more; milliseconds. */
const GATHER_MS_MAX = 3;

/**
 * A commit costs some 400 µs of CPU whatever is in it, so it pays to fill it: one group is under way at a time, and the next
 * one gathers as long as each turn of the event loop brings another batch, for at most 3 ms. A lone caller waits for one turn.
 */
export function openAppendQueue(log: EventLog): AppendQueue {
  let waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      await gather();
      const group = takeGroup(waiting);
      waiting = waiting.slice(group.length);
      await appendGroup(log, group.filter(wantedOrGivenUp));
    }
    running = false;
  }

  async function gather(): Promise<void> {
    const endMs = performance.now() + GATHER_MS_MAX;
    let before = 0;
    while (waiting.length > before && performance.now() < endMs) {
      before = waiting.length;
      await nextTurn();
    }
  }

  return {
    append(batch) {
      return new Promise((resolve) => {
        waiting.push({ ...batch, resolve });
        if (!running) void run();
      });
    },
  };
}

/** As many from the front as fit a group, at least one. */
function takeGroup(waiting: readonly Waiting[]): Waiting[] {
  const group: Waiting[] = [];
  let records = 0;
  let bytes = 0;
  for (const one of waiting) {
    records += one.portions.reduce((sum, portion) => sum + portion.records.length, 0);
    bytes += one.bytes;
    const fits = records <= GROUP_RECORDS_MAX && bytes <= GROUP_BYTES_MAX;
    if (!fits && group.length > 0) break;
    group.push(one);
  }
  return group;
}

/** Whether a batch is still wanted; tells it when it is not. */
function wantedOrGivenUp({ wanted, portions, resolve }: Waiting): boolean {
  if (wanted()) return true;
  const reason = new PortError('Unavailable', 'an earlier batch was not written');
  resolve(portions.map(() => ({ status: 'rejected', reason })));
  return false;
}

/** One append per topic for the whole group. */
async function appendGroup(log: EventLog, group: readonly Waiting[]): Promise<void> {
  const parts = new Map<string, (readonly NewRecord[])[]>();
  for (const { portions } of group) {
    for (const { topic, records } of portions) {
      const ofTopic = parts.get(topic);
      if (ofTopic === undefined) parts.set(topic, [records]);
      else ofTopic.push(records);
    }
  }
  const topics = [...parts.keys()];
  const appends = [...parts].map(([topic, all]) => log.append(topic, joined(all)));
  const outcomes = await Promise.allSettled(appends);
  const taken = topics.map(() => 0);
  for (const { portions, resolve } of group) {
    resolve(
      portions.map(({ topic, records }) => {
        const at = topics.indexOf(topic);
        const outcome = outcomes[at];
        if (outcome === undefined) throw new RangeError(`no append for ${topic}`);
        if (outcome.status === 'rejected') return outcome;
        const from = taken[at] ?? 0;
        taken[at] = from + records.length;
        return { status: 'fulfilled', value: outcome.value.slice(from, from + records.length) };
      }),
    );
  }
}

function joined(parts: readonly (readonly NewRecord[])[]): readonly NewRecord[] {
  const [first, ...others] = parts;
  if (first !== undefined && others.length === 0) return first;
  // Array.prototype.flat takes ten times as long.
  return (first ?? []).concat(...others);
}
