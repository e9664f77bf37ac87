import { setImmediate as nextTurn } from 'node:timers/promises';
import { alertStateFromJSON } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { TableStore } from '../../ports/table-store.js';
import { ALERTS_BY_TIME_TABLE, dayOf, FRAUD_RETENTION_MS } from '../tables.js';
import { resolved } from './lifecycle.js';
import { type FoundAlert, readAlert } from './read-alerts.js';

const DAY_MS = 86_400_000;
/** Alerts live on while they change: those opened up to twice the retention ago are looked for. */
const LOOK_BACK_MS = 2 * FRAUD_RETENTION_MS;
/** Days that are looked at before others get their turn. */
const DAYS_PER_TURN = 50;

export interface PastAlerts {
  /** Only those opened at or after this, milliseconds; default all that may still live. */
  readonly startMs?: number | undefined;
  /** Only those that are not resolved. */
  readonly unresolved: boolean;
}

/** The alerts that were opened so far, the oldest first, each as it is when it is its turn. Reads as it is consumed. */
export async function* readPast(
  tables: TableStore,
  nowMs: number,
  { startMs = 0, unresolved }: PastAlerts,
): AsyncGenerator<FoundAlert, void, undefined> {
  const firstMs = dayOf(Math.max(0, startMs, nowMs - LOOK_BACK_MS));
  // The log's clock may be a little ahead of ours.
  const lastMs = dayOf(nowMs) + DAY_MS;
  for (let dayMs = firstMs; dayMs <= lastMs; dayMs += DAY_MS) {
    if (((dayMs - firstMs) / DAY_MS) % DAYS_PER_TURN === DAYS_PER_TURN - 1) await nextTurn();
    const range = { from: [Math.max(dayMs, Math.ceil(startMs))] };
    for await (const { key, cells } of tables.scan(ALERTS_BY_TIME_TABLE.name, [dayMs], range)) {
      if (unresolved && resolved(alertStateFromJSON(cells['state']))) continue;
      const found = await readAlert(tables, String(key[2]));
      if (found === undefined || found.partition !== key[3]) continue;
      if (!unresolved || !resolved(found.alert.state)) yield found;
    }
  }
}
