import {
  type AlertState,
  alertStateFromJSON,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { WatchAlertsRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateWatchAlertsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../../gateway/field-error.js';
import { decodeResumeToken, encodeResumeToken } from '../../gateway/resume-token.js';
import { oncePerChange } from '../../gateway/watch/once-per-change.js';
import type { ResumableChanges } from '../../gateway/watch/resumable-changes.js';
import type { PlacedChange } from '../../gateway/watch/update-hub.js';
import type { Clock } from '../../ports/clock.js';
import type { TableStore } from '../../ports/table-store.js';
import { ALERT_CHANGES_TABLE } from '../tables.js';
import { type PastAlerts, readPast } from './read-past.js';
import { checkpointMessage, valueMessage } from './watch-messages.js';

/** Changes of alerts in the snapshot come through the log at most this long after it, or else a second time. */
const SETTLED_MS = 60_000;

export interface AlertWatchOptions {
  readonly tables: TableStore;
  readonly changes: ResumableChanges;
  readonly clock: Clock;
}

/** The live side of alerts. */
export interface AlertWatch {
  /**
   * Answers WatchAlerts with encoded messages. Throws ServiceError FIELD_INVALID, RESUME_TOKEN_INVALID and what
   * `ResumableChanges.open` and its streams throw.
   */
  watch(request: WatchAlertsRequest, signal: AbortSignal): AsyncGenerator<Uint8Array, void>;
}

export function openAlertWatch(options: AlertWatchOptions): AlertWatch {
  const { tables, changes, clock } = options;
  // A live change is encoded once, however many watch it.
  const messageOf = oncePerChange((change) => valueMessage(bodyOf(change)));

  return {
    async *watch(request, signal) {
      const violations = validateWatchAlertsRequest(request);
      if (violations !== undefined) throw fieldError(violations);
      const { resumeToken } = request;
      const filter = filterOf(request);
      const from = resumeToken === '' ? undefined : decodeResumeToken(resumeToken, filter);
      const wanted = (state: AlertState): boolean =>
        request.states.length === 0 || request.states.includes(state);
      // The place first, the rows then: what changes meanwhile is in both, and dropped once.
      const stream = await changes.open({
        tables: [ALERT_CHANGES_TABLE.name],
        from,
        wanted: ({ cells }) => wanted(alertStateFromJSON(cells['state'])),
        signal,
      });
      try {
        const snapshot = new SnapshotVersions(clock);
        const past = from === undefined ? pastOf(request) : undefined;
        if (past !== undefined) {
          for await (const { alert, body } of readPast(tables, clock.nowMs(), past)) {
            if (!wanted(alert.state)) continue;
            snapshot.sent(alert.alertId, Number(alert.version));
            yield valueMessage(body);
          }
          snapshot.complete();
          // The snapshot ends here; what changed since its beginning comes behind this place.
          yield checkpointMessage(encodeResumeToken(filter, stream.offsets), 0);
        }
        for await (const step of stream) {
          if (step.kind === 'checkpoint') {
            yield checkpointMessage(encodeResumeToken(filter, step.offsets), step.watermarkMs);
            continue;
          }
          for (const change of step.changes) {
            if (!snapshot.covers(change)) yield messageOf(change);
          }
        }
      } finally {
        stream.close();
      }
    },
  };
}

/** What the request begins with; undefined: with the next change. */
function pastOf({ startTime, includeUnresolved }: WatchAlertsRequest): PastAlerts | undefined {
  if (startTime === undefined && !includeUnresolved) return undefined;
  return { startMs: startTime?.getTime(), unresolved: includeUnresolved };
}

/** What the snapshot sent, by alert, until the changes in it have come by. */
class SnapshotVersions {
  readonly #clock: Clock;
  readonly #versions = new Map<string, number>();
  #completeMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sent(alertId: string, version: number): void {
    this.#versions.set(alertId, version);
  }

  complete(): void {
    this.#completeMs = this.#clock.nowMs();
  }

  /** Whether the snapshot held the alert as it is after this change, or newer. */
  covers({ key }: PlacedChange): boolean {
    if (this.#versions.size === 0) return false;
    if (this.#clock.nowMs() - this.#completeMs > SETTLED_MS) this.#versions.clear();
    return Number(key[1]) <= (this.#versions.get(String(key[0])) ?? 0);
  }
}

/** What a token belongs to: the states, in whatever order they were named. */
function filterOf({ states }: WatchAlertsRequest): Uint8Array {
  const sorted = [...new Set(states)].sort((a, b) => a - b);
  return WatchAlertsRequest.encode(WatchAlertsRequest.create({ states: sorted })).finish();
}

function bodyOf({ key, cells: { body } }: PlacedChange): Uint8Array {
  if (body instanceof Uint8Array) return body;
  throw new TypeError(`the change ${key.join('/')} has no body`);
}
