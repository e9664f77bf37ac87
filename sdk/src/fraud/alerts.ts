import { AlertState as State } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { FraudServiceDefinition } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import type { Connection } from '../connection/connection.js';
import { callRead } from '../connection/retry.js';
import type { EventIdSource } from '../events/event-ids.js';
import type { ResolvedOptions } from '../options/resolve.js';
import { paged, type Paged } from '../reading/paged.js';
import { present } from '../reading/present.js';
import { callOptions, type ReadOptions } from '../reading/read-options.js';
import { wholeNumber } from '../reading/whole-number.js';
import { watchResumable, type ResumeOptions, type WatchUpdate } from '../watching/resumable.js';
import { ALERT_STATES, alertOf, detailsOf } from './alert.js';
import type { Alert, AlertDetails, AlertState } from './alert.js';

/** Alerts that `await alerts.list()` collects at most. */
const ALERTS_MAX = 100_000;

/** Which alerts to list. */
export interface AlertList extends ReadOptions {
  /** Only alerts in one of these states; default all. */
  readonly states?: readonly AlertState[] | undefined;
  /** Only alerts of this group, such as `user:u-17`; default all. */
  readonly group?: string | undefined;
  /** Opened at or after this; default 30 days before `endTime`. */
  readonly startTime?: Date | undefined;
  /** Opened before this; default now. */
  readonly endTime?: Date | undefined;
  /** Alerts per page, 1 to 500; default 50. */
  readonly pageSize?: number | undefined;
}

/** What to change of an alert. */
export interface AlertUpdate extends ReadOptions {
  readonly alertId: string;
  /** The version that the decision to change it rests on, 1 or more: when the alert has another one, nothing changes. */
  readonly expectedVersion: number;
  /** The new state; default the present one. */
  readonly state?: Exclude<AlertState, 'open'> | undefined;
  /** The new responsible person, at most 128 characters; empty takes it away; default the present one. */
  readonly assignee?: string | undefined;
  /** A remark, at most 512 characters; default none. */
  readonly note?: string | undefined;
  /** Names this change, so that it happens once however often it is asked for; default a new one for each call. */
  readonly requestId?: string | undefined;
}

/** Which alerts to watch. */
export interface AlertWatch extends ResumeOptions {
  /** Only alerts in one of these states after the change; default all. */
  readonly states?: readonly AlertState[] | undefined;
  /** Begins with the alerts that are not resolved, the oldest first; default false. Without effect with `resumeToken`. */
  readonly includeUnresolved?: boolean | undefined;
}

/** What a watch of alerts delivers: each change once, in the order of the log, with the alert as it was after the change. */
export type AlertWatchUpdate = WatchUpdate<Alert>;

/** Alerts and what operators do with them. Errors of all: FIELD_INVALID, KEY_INVALID, SCOPE_MISSING. */
export interface Alerts {
  /** Lists alerts, the newest first: await it for all (at most 100,000), or loop over it, which holds a page at a time. */
  list(list?: AlertList): Paged<Alert>;
  /** Reads an alert with its decision and its history. Errors: ALERT_UNKNOWN. */
  get(alertId: string, options?: ReadOptions): Promise<AlertDetails>;
  /**
   * Changes an alert: assigns, takes up, resolves, reopens. Resolves with the alert after the change, which others then see.
   * Tries again what may pass under the same request id, so nothing happens twice. Errors: ALERT_UNKNOWN,
   * ALERT_VERSION_STALE (somebody else was faster: `get` it and decide again), ALERT_TRANSITION_ILLEGAL, OUTCOME_UNKNOWN
   * (retryable, with the same `requestId`).
   */
  update(update: AlertUpdate): Promise<Alert>;
  /**
   * Every change of an alert, once each, for as long as the loop runs. Reconnects by itself and goes on where it broke.
   * Nothing is asked before the first turn of the loop. Errors: WatchGapError (see `onGap`), RESUME_TOKEN_INVALID.
   */
  watch(watch?: AlertWatch): AsyncIterable<AlertWatchUpdate>;
}

/** `requestIds` makes ids for changes. */
export function createAlerts(
  connection: Connection,
  settings: ResolvedOptions,
  requestIds: EventIdSource,
): Alerts {
  const client = connection.clients.create(FraudServiceDefinition, connection.channel);
  return {
    list(list = {}) {
      const { group = '', startTime, endTime, pageSize = 0 } = list;
      const states = ALERT_STATES.codesOf(list.states, 'states');
      const base = { states, group, startTime, endTime, pageSize };
      const fetch = async (pageToken: string) => {
        const page = await callRead(callOptions(settings, list), (attempt) =>
          client.listAlerts({ ...base, pageToken }, attempt),
        );
        return { items: page.alerts.map(alertOf), nextPageToken: page.nextPageToken };
      };
      return paged({ fetch, itemsMax: ALERTS_MAX });
    },
    async get(alertId, options = {}) {
      return detailsOf(
        await callRead(callOptions(settings, options), (attempt) =>
          client.getAlert({ alertId }, attempt),
        ),
      );
    },
    async update(update) {
      const { alertId, assignee, note = '', requestId = requestIds() } = update;
      const state =
        update.state === undefined ? State.UNSPECIFIED : ALERT_STATES.codeOf(update.state, 'state');
      const expectedVersion = BigInt(wholeNumber(update.expectedVersion, 'expectedVersion'));
      const request = { alertId, expectedVersion, state, assignee, note, requestId };
      const { alert } = await callRead(callOptions(settings, update), (attempt) =>
        client.updateAlert(request, attempt),
      );
      return alertOf(present(alert, 'alert'));
    },
    watch(watch = {}) {
      const { includeUnresolved = false, signal } = watch;
      const states = ALERT_STATES.codesOf(watch.states, 'states');
      const base = { states, includeUnresolved };
      return {
        [Symbol.asyncIterator]: () =>
          watchResumable(
            { settings, signals: [signal, connection.closed] },
            {
              open: (resumeToken, signal) =>
                client.watchAlerts({ ...base, resumeToken }, { signal }),
              valueOf: alertOf,
              versionOf: ({ alertId, version }) => ({ id: alertId, rank: version }),
              options: watch,
            },
          ),
      };
    },
  };
}
