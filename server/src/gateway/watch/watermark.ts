import type { Clock } from '../../ports/clock.js';
import type { EventLog } from '../../ports/event-log.js';
import { INPUT_TOPICS } from '../../ports/topics.js';
import type { ProgressBoard } from './progress.js';

/** How long an answer is given again; also bounds how often the ends of the inputs are asked for. */
const CACHE_MS = 200;

export interface WatermarkOptions {
  readonly inputs: EventLog;
  readonly clock: Clock;
  readonly inputTopics?: readonly string[] | undefined;
  readonly progressOf: ProgressBoard['of'];
}

/**
 * Answers up to which append time (milliseconds) every acknowledged input record is in the changes delivered: the
 * least over all input partitions of now, when nothing waits there, else of what the processor said last.
 */
export function createWatermark(options: WatermarkOptions): () => Promise<number> {
  const { inputs, clock, progressOf } = options;
  const topics = options.inputTopics ?? INPUT_TOPICS;
  let answer: { readonly atMs: number; readonly value: Promise<number> } | undefined;

  async function ask(): Promise<number> {
    // Before the ends are read: what was acknowledged until now lies below them.
    const nowMs = clock.nowMs();
    let least = nowMs;
    for (const topic of topics) {
      for (const { partition, end } of await inputs.bounds(topic)) {
        const { nextOffset, watermarkMs } = progressOf(topic, partition);
        if (nextOffset < end) least = Math.min(least, watermarkMs);
      }
    }
    return least;
  }

  return () => {
    const nowMs = clock.nowMs();
    const fresh = answer !== undefined && Math.abs(nowMs - answer.atMs) < CACHE_MS;
    if (answer !== undefined && fresh) return answer.value;
    const value = ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    answer = { atMs: nowMs, value };
    return value;
  };
}
