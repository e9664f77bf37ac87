import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type Alert,
  type AlertState,
  alertStateFromJSON,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import {
  ListAlertsRequest,
  type ListAlertsResponse,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { validateListAlertsRequest } from '@bytebasket/proto/validation';
import { fieldError } from '../../gateway/field-error.js';
import { encodePageToken } from '../../gateway/page-token.js';
import type { TableStore } from '../../ports/table-store.js';
import { ALERTS_BY_GROUP_TABLE, ALERTS_BY_TIME_TABLE, dayOf } from '../tables.js';
import { type AlertCursor, cursorIn, encodeCursor } from './list-cursor.js';
import { readAlert } from './read-alerts.js';

const PAGE_DEFAULT = 50;
/** A page looks at this many alerts and days at most; what it has found until then is the page. */
const LOOKED_AT_MAX = 5_000;
const DAYS_MAX = 400;
const DAYS_PER_TURN = 50;
const DAY_MS = 86_400_000;
const RANGE_DEFAULT_MS = 30 * DAY_MS;

/** An alert in an index. */
interface Entry {
  readonly createMs: number;
  readonly alertId: string;
  readonly state: AlertState;
  /** Its partition of `fraud-decisions`. */
  readonly partition: number;
}

/**
 * Answers ListAlerts. A page that found too little within its bounds ends early, with a token. Throws ServiceError
 * FIELD_INVALID or PAGE_TOKEN_INVALID, and what the table store throws.
 */
export async function listAlerts(
  tables: TableStore,
  request: ListAlertsRequest,
  nowMs: number,
): Promise<ListAlertsResponse> {
  const violations = validateListAlertsRequest(request);
  if (violations !== undefined) throw fieldError(violations);
  const identity = ListAlertsRequest.encode({ ...request, pageSize: 0, pageToken: '' }).finish();
  let cursor =
    request.pageToken === '' ? firstCursor(request, nowMs) : cursorIn(request.pageToken, identity);
  const pageSize = request.pageSize === 0 ? PAGE_DEFAULT : request.pageSize;
  const alerts: Alert[] = [];
  let lookedAt = 0;
  for await (const step of entries(tables, request.group, cursor)) {
    cursor = step.cursor;
    if (step.entry !== undefined) {
      lookedAt += 1;
      const alert = await wantedAlert(tables, step.entry, request.states);
      if (alert !== undefined) alerts.push(alert);
    }
    if (alerts.length === pageSize || lookedAt === LOOKED_AT_MAX || step.days === DAYS_MAX) {
      return { alerts, nextPageToken: encodePageToken(identity, encodeCursor(cursor)) };
    }
  }
  return { alerts, nextPageToken: '' };
}

function firstCursor(request: ListAlertsRequest, nowMs: number): AlertCursor {
  // A range that ends now holds what was opened in this millisecond.
  const endMs = request.endTime?.getTime() ?? nowMs + 1;
  const startMs = request.startTime?.getTime() ?? Math.max(0, endMs - RANGE_DEFAULT_MS);
  if (startMs <= endMs) return { startMs, beforeMs: endMs, beforeId: '' };
  const value = new Date(startMs).toISOString();
  const message = `start_time is ${value}, after end_time ${new Date(endMs).toISOString()}: use an earlier one`;
  throw fieldError([{ field: 'start_time', rule: 'range.ordered', message, value }]);
}

/** An alert that was passed, or the end of a day, with where to go on behind it. */
interface Step {
  readonly entry: Entry | undefined;
  readonly cursor: AlertCursor;
  /** Days passed. */
  readonly days: number;
}

async function* entries(
  tables: TableStore,
  group: string,
  cursor: AlertCursor,
): AsyncGenerator<Step, void, undefined> {
  const { startMs } = cursor;
  if (group !== '') {
    for await (const entry of entriesOf(tables, [ALERTS_BY_GROUP_TABLE.name, group], cursor)) {
      yield { entry, cursor: behind(entry, startMs), days: 0 };
    }
    return;
  }
  let days = 0;
  let place = cursor;
  // The last instant of the range is the one before `beforeMs`, unless ids of that very instant are left.
  const lastMs = cursor.beforeId === '' ? cursor.beforeMs - 1 : cursor.beforeMs;
  for (let dayMs = dayOf(Math.max(0, lastMs)); dayMs >= dayOf(startMs); dayMs -= DAY_MS) {
    for await (const entry of entriesOf(tables, [ALERTS_BY_TIME_TABLE.name, dayMs], place)) {
      place = behind(entry, startMs);
      yield { entry, cursor: place, days };
    }
    days += 1;
    // Days without alerts are read without waiting: others get their turn.
    if (days % DAYS_PER_TURN === 0) await nextTurn();
    place = { startMs, beforeMs: dayMs, beforeId: '' };
    if (dayMs > startMs) yield { entry: undefined, cursor: place, days };
  }
}

function behind({ createMs, alertId }: Entry, startMs: number): AlertCursor {
  return { startMs, beforeMs: createMs, beforeId: alertId };
}

/** The alerts of one partition of an index before a cursor, the newest first. */
async function* entriesOf(
  tables: TableStore,
  [table, partitionKey]: readonly [string, string | number],
  { startMs, beforeMs, beforeId }: AlertCursor,
): AsyncGenerator<Entry, void, undefined> {
  const to = beforeId === '' ? [beforeMs] : [beforeMs, beforeId];
  const range = { from: [startMs], to, reverse: true };
  for await (const { key, cells } of tables.scan(table, [partitionKey], range)) {
    const state = alertStateFromJSON(cells['state']);
    const partition = Number(key[3]);
    yield { createMs: Number(key[1]), alertId: String(key[2]), state, partition };
  }
}

/** The alert behind an entry, when it is in one of the states: by the index first, then as it is. */
async function wantedAlert(
  tables: TableStore,
  { alertId, state, partition }: Entry,
  states: readonly AlertState[],
): Promise<Alert | undefined> {
  const wanted = (one: AlertState): boolean => states.length === 0 || states.includes(one);
  if (!wanted(state)) return undefined;
  const found = await readAlert(tables, alertId);
  if (found === undefined || found.partition !== partition) return undefined;
  return wanted(found.alert.state) ? found.alert : undefined;
}
