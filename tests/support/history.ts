/**
 * A history of what clients tried and were told, and a checker that holds it against the log. The checker is pure:
 * `history.test.ts` shows that it catches a loss, a double, a wrong order and a false position.
 */

/** What a client knows about one event after the run. `unknown`: no answer came. */
export type Outcome = 'unknown' | 'accepted' | 'rejected';

/** One event as a client sent it, perhaps several times. */
export interface Attempt {
  readonly eventId: string;
  readonly key: string;
  /** Order of sending within the key, for clients that promise it; undefined otherwise. */
  readonly order: number | undefined;
  outcome: Outcome;
  /** `topic/partition/offset` as answered. */
  position: string | undefined;
}

/** A record found in the log. */
export interface Found {
  readonly eventId: string;
  readonly key: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

const place = (found: Found) => `${found.topic}/${found.partition}/${found.offset}`;

/** Every promise that the log breaks, in words; empty when the history is sound. */
export function checkHistory(
  attempts: ReadonlyMap<string, Attempt>,
  log: readonly Found[],
): readonly string[] {
  return [
    ...checkContents(attempts, log),
    ...checkAnswers(attempts, log),
    ...checkOrder(attempts, log),
    ...checkOffsets(log),
  ];
}

function checkContents(attempts: ReadonlyMap<string, Attempt>, log: readonly Found[]): string[] {
  const seen = new Map<string, Found>();
  const broken: string[] = [];
  for (const found of log) {
    const first = seen.get(found.eventId);
    if (first !== undefined) {
      broken.push(`double: ${found.eventId} at ${place(first)} and ${place(found)}`);
    }
    seen.set(found.eventId, found);
    const attempt = attempts.get(found.eventId);
    if (attempt === undefined) broken.push(`invented: ${found.eventId} at ${place(found)}`);
    else if (attempt.outcome === 'rejected') broken.push(`rejected but kept: ${found.eventId}`);
    if (attempt !== undefined && attempt.key !== found.key) {
      broken.push(`wrong key: ${found.eventId} has ${found.key}, sent with ${attempt.key}`);
    }
  }
  return broken;
}

function checkAnswers(attempts: ReadonlyMap<string, Attempt>, log: readonly Found[]): string[] {
  const at = new Map(log.map((found) => [found.eventId, place(found)]));
  return [...attempts.values()]
    .filter((attempt) => attempt.outcome === 'accepted')
    .flatMap((attempt) => {
      const found = at.get(attempt.eventId);
      if (found === undefined)
        return [`lost: ${attempt.eventId}, acknowledged at ${String(attempt.position)}`];
      if (attempt.position !== undefined && attempt.position !== found) {
        return [`false position: ${attempt.eventId} told ${attempt.position}, lies at ${found}`];
      }
      return [];
    });
}

function checkOrder(attempts: ReadonlyMap<string, Attempt>, log: readonly Found[]): string[] {
  const last = new Map<string, number>();
  const broken: string[] = [];
  const inOrder = [...log].sort(
    (a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition || a.offset - b.offset,
  );
  for (const found of inOrder) {
    const order = attempts.get(found.eventId)?.order;
    if (order === undefined) continue;
    const lane = `${found.topic} ${found.key}`;
    const before = last.get(lane) ?? -1;
    if (order < before) broken.push(`out of order: ${found.eventId} (${order} after ${before})`);
    last.set(lane, Math.max(before, order));
  }
  return broken;
}

function checkOffsets(log: readonly Found[]): string[] {
  const lanes = new Map<string, number[]>();
  for (const found of log) {
    const lane = `${found.topic}/${found.partition}`;
    const offsets = lanes.get(lane) ?? [];
    offsets.push(found.offset);
    lanes.set(lane, offsets);
  }
  return [...lanes].flatMap(([lane, offsets]) => {
    const order = offsets.sort((a, b) => a - b);
    const first = order[0] ?? 0;
    return order.every((offset, index) => offset === first + index)
      ? []
      : [`gap in the offsets of ${lane}`];
  });
}
