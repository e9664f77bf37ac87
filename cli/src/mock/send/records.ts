import { setImmediate as turn } from 'node:timers/promises';
import { mockEvents } from '../mock-events.js';
import type { MockRecord } from '../world.js';
import type { MockRun } from './run-mock.js';

/** Events after which timers and signals get their turn. */
const EVENTS_PER_TURN = 250;

/**
 * The records of a run, until its duration is over or it is stopped. The truth about each fraudulent payment goes to its
 * file as the payment comes.
 */
export async function* runRecords({ options, truth }: MockRun, signal: AbortSignal) {
  const { settings, durationMs } = options;
  const endMs = settings.startMs + (durationMs ?? Number.POSITIVE_INFINITY);
  let count = 0;
  for (const record of mockEvents(settings)) {
    if (count++ % EVENTS_PER_TURN === 0) await turn();
    if (signal.aborted || occurMs(record) >= endMs) return;
    yield record;
    const line = truthLine(record);
    if (line !== undefined) await truth?.line(line);
  }
}

/** When the record's event happened, milliseconds since the Unix epoch. */
export function occurMs({ event }: MockRecord): number {
  return event.occurTime?.getTime() ?? 0;
}

function truthLine({ event, truth }: MockRecord): string | undefined {
  if (truth === undefined || event.payload?.$case !== 'paymentAttempted') return undefined;
  const { paymentId } = event.payload.value;
  return JSON.stringify({ paymentId, fraudType: truth.fraudType });
}
