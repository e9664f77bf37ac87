import { describe, expect, test } from 'vitest';
import { checkHistory, type Attempt, type Found } from './history.js';

const TOPIC = 'user-activity';

/** Ten accepted events of one visitor and the log that holds them. */
function sound(): { attempts: Map<string, Attempt>; log: Found[] } {
  const ids = Array.from({ length: 10 }, (_, index) => `event-${index}`);
  const attempts = new Map(
    ids.map((eventId, index): [string, Attempt] => [
      eventId,
      {
        eventId,
        key: 'visitor',
        order: index,
        outcome: 'accepted',
        position: `${TOPIC}/1/${index}`,
      },
    ]),
  );
  const log = ids.map((eventId, offset) => ({
    eventId,
    key: 'visitor',
    topic: TOPIC,
    partition: 1,
    offset,
  }));
  return { attempts, log };
}

describe('the history checker', () => {
  test('finds nothing in a sound history', () => {
    const { attempts, log } = sound();
    expect(checkHistory(attempts, log)).toEqual([]);
  });

  test('lets an event without an answer be there or not', () => {
    const { attempts, log } = sound();
    const last = attempts.get('event-9');
    if (last !== undefined) Object.assign(last, { outcome: 'unknown', position: undefined });
    expect(checkHistory(attempts, log)).toEqual([]);
    expect(checkHistory(attempts, log.slice(0, 9))).toEqual([]);
  });

  test('catches an acknowledged event that is missing', () => {
    const { attempts, log } = sound();
    expect(checkHistory(attempts, log.slice(0, 9))).toEqual([
      'lost: event-9, acknowledged at user-activity/1/9',
    ]);
  });

  test('catches an event that lies in the log twice', () => {
    const { attempts, log } = sound();
    const twice = [...log, { ...(log[3] as Found), offset: 10 }];
    expect(checkHistory(attempts, twice)).toContain(
      'double: event-3 at user-activity/1/3 and user-activity/1/10',
    );
  });

  test('catches two events of a visitor that changed places', () => {
    const { attempts, log } = sound();
    const swapped = log.map((found) =>
      found.offset === 4
        ? { ...found, offset: 5 }
        : found.offset === 5
          ? { ...found, offset: 4 }
          : found,
    );
    expect(checkHistory(attempts, swapped).some((line) => line.startsWith('out of order'))).toBe(
      true,
    );
  });

  test('catches a position that was told but is not true', () => {
    const { attempts, log } = sound();
    const attempt = attempts.get('event-2');
    if (attempt !== undefined) attempt.position = `${TOPIC}/1/7`;
    expect(checkHistory(attempts, log)).toEqual([
      'false position: event-2 told user-activity/1/7, lies at user-activity/1/2',
    ]);
  });

  test('catches a record that nobody sent, one that was refused and a gap', () => {
    const { attempts, log } = sound();
    attempts.delete('event-0');
    const refused = attempts.get('event-1');
    if (refused !== undefined) refused.outcome = 'rejected';
    const broken = checkHistory(
      attempts,
      log.filter((found) => found.offset !== 5),
    );
    expect(broken).toContain('invented: event-0 at user-activity/1/0');
    expect(broken).toContain('rejected but kept: event-1');
    expect(broken).toContain('gap in the offsets of user-activity/1');
  });
});
