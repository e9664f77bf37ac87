import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { isClientClosedError, isEventRejectedError } from '@bytebasket/sdk';
import type { EventInput, PayloadName } from '@bytebasket/sdk';
import type { ByteBasket } from '../../commands/context.js';
import { FirstContact, refusal, RETRY } from '../../commands/first-contact.js';
import { describeError } from '../../output/describe-error.js';
import { showProgress } from '../../replay/progress.js';
import type { MockRecord } from '../world.js';
import { AskFirst } from './ask-first.js';
import { occurMs, runRecords } from './records.js';
import type { MockRun } from './run-mock.js';
import type { MockTotals } from './totals.js';

/** How long the end waits for answers after a stop. */
const CLOSE_MS = 5_000;
/** Longest wait of one timer, so that a machine that slept notices soon. */
const WAIT_MS_MAX = 1_000;
/** Shorter waits are not worth a timer. */
const WAIT_MS_MIN = 2;

/**
 * Sends each event when its time has come; those of the past at once, as fast as the server takes them. While the server
 * is away events wait in the SDK's queue, then the shop stands still; afterwards it catches up, in order.
 */
export async function sendEvents(run: MockRun): Promise<void> {
  const { context, options, totals } = run;
  const contact = new FirstContact(context.connection(options).endpoint);
  const client = await context.connect(options, {
    batch: { eventsMax: 500, intervalMs: 50 },
    retry: RETRY,
    observer: contact.observer,
  });
  const asking = new AskFirst(client, options.score);
  const pending = (): boolean => client.stats().queuedEvents > 0;
  const stopProgress = showProgress(context.stderr, progressOf(totals, client));
  const signal = AbortSignal.any([context.signal, contact.signal]);
  try {
    for await (const record of runRecords(run, signal)) {
      await untilDue(occurMs(record), signal);
      contact.expect(pending);
      await send(client, record, { totals, signal, asking });
    }
    await client.flush({ signal });
  } catch (error) {
    // Stopped: the usual end. What is queued is still delivered below.
    if (!context.signal.aborted)
      throw refusal(contact.signal.aborted ? contact.signal.reason : error);
  } finally {
    contact.close();
    await stopProgress();
    // Nobody answers, or not us: there is nothing to wait for.
    await client.close({ signal: AbortSignal.timeout(contact.signal.aborted ? 0 : CLOSE_MS) });
    await turn();
  }
}

/** Waits until the wall clock shows the time. Throws the signal's reason. */
async function untilDue(timeMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const waitMs = timeMs - Date.now();
    if (waitMs < WAIT_MS_MIN) return;
    try {
      await delay(Math.min(waitMs, WAIT_MS_MAX), undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}

interface Sending {
  readonly totals: MockTotals;
  readonly signal: AbortSignal;
  readonly asking: AskFirst;
}

async function send(
  client: ByteBasket,
  record: MockRecord,
  { totals, signal, asking }: Sending,
): Promise<void> {
  const { payload, occurTime, ...identity } = record.event;
  if (payload === undefined) throw new TypeError('an event of the mock shop has no payload');
  const method = client.track[payload.$case] as (
    value: unknown,
    options: Omit<EventInput, 'payload'> & { readonly signal: AbortSignal },
  ) => ReturnType<ByteBasket['track'][PayloadName]>;
  const unsettled = (error: unknown): void => {
    if (isEventRejectedError(error)) totals.reject(error.message);
    // A client that is closed early gives up what is left: those events count as not answered.
    else if (!isClientClosedError(error)) totals.note(describeError(error));
  };
  const value =
    payload.$case === 'paymentAttempted'
      ? await asking.payment(record.event, payload.value, { totals, signal })
      : payload.value;
  const receipt = await method(value, { ...identity, occurTime, signal });
  totals.handed(record);
  void receipt.delivered.then(({ duplicate }) => {
    if (duplicate) totals.duplicates++;
    else totals.accepted++;
  }, unsettled);
}

const grouped = new Intl.NumberFormat('en-GB');

/** `12,000 events, 50/s, 31 payments, 2 of them fraud`, and how many wait while the server is away. */
function progressOf(totals: MockTotals, client: ByteBasket): () => string {
  let last = { at: performance.now(), settled: 0 };
  return () => {
    const now = performance.now();
    const rate = ((totals.settled - last.settled) * 1_000) / Math.max(1, now - last.at);
    last = { at: now, settled: totals.settled };
    const { queuedEvents } = client.stats();
    const waiting = queuedEvents > 500 ? `, ${grouped.format(queuedEvents)} wait` : '';
    const fraud = `${grouped.format(totals.fraudPayments)} of them fraud`;
    return (
      `${grouped.format(totals.settled)} events, ${grouped.format(Math.round(rate))}/s, ` +
      `${grouped.format(totals.payments)} payments, ${fraud}${waiting}`
    );
  };
}
