import { PortError } from '@bytebasket/server/ports/errors';
import type { EventLog } from '@bytebasket/server/ports/event-log';

/** A log whose appends a test can hold back and make fail. */
export interface HeldLog {
  /** To be given to whoever appends. */
  wrap(log: EventLog): EventLog;
  /** From now on appends wait. */
  hold(): void;
  /** Lets them go on. */
  release(): void;
  /** The next `times` appends to the topic fail before anything is written. */
  fail(topic: string, times?: number, kind?: 'Unavailable' | 'Throttled'): void;
  /** From now on reads fail, until called with false. */
  failReads(failing: boolean): void;
  /** Appends that wait. */
  readonly waiting: number;
}

export function heldLog(): HeldLog {
  const failures = new Map<string, { times: number; kind: 'Unavailable' | 'Throttled' }>();
  let gate: Promise<void> | undefined;
  let open: () => void = () => undefined;
  let waiting = 0;
  let readsFail = false;

  return {
    wrap: (log) => ({
      ...log,
      async append(topic, records) {
        if (gate !== undefined) {
          waiting += 1;
          await gate;
          waiting -= 1;
        }
        const failure = failures.get(topic);
        if (failure !== undefined && failure.times > 0) {
          failure.times -= 1;
          throw new PortError(failure.kind, 'planted', { retryAfterMs: 70 });
        }
        return log.append(topic, records);
      },
      read(topic, partition, options) {
        if (readsFail) throw new PortError('Unavailable', 'planted');
        return log.read(topic, partition, options);
      },
    }),
    hold() {
      gate = new Promise((resolve) => (open = resolve));
    },
    release() {
      open();
      gate = undefined;
    },
    fail: (topic, times = 1, kind = 'Unavailable') => failures.set(topic, { times, kind }),
    failReads: (failing) => (readsFail = failing),
    get waiting() {
      return waiting;
    },
  };
}
