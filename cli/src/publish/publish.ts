import type { EventInput, PublishResult } from '@bytebasket/sdk';
import type { ByteBasket, CliContext, ConnectionFlags } from '../commands/context.js';
import { FirstContact, refusal, RETRY } from '../commands/first-contact.js';
import { EXIT } from '../output/cli-error.js';
import { readEvents, type GivenEvent } from './read-events.js';
import { slicesOf } from './slices.js';

const SLICE = { countMax: 500, waitMs: 20 };

/** How long the end waits for answers after an interruption. */
const CLOSE_MS = 2_000;

export interface PublishOptions extends ConnectionFlags {
  /** Answers in JSON. */
  readonly json: boolean;
}

/**
 * Publishes events from stdin and answers one line per event. Exit code 1 when one was not accepted, or when it was
 * interrupted. Throws when no server answers, or when it refuses the key.
 */
export async function publish(context: CliContext, options: PublishOptions): Promise<void> {
  const contact = new FirstContact(context.connection(options).endpoint);
  const client = await context.connect(options, {
    batch: { intervalMs: 0 },
    retry: RETRY,
    observer: contact.observer,
  });
  const signal = AbortSignal.any([context.signal, contact.signal]);
  try {
    if ((context.stdin as { isTTY?: boolean }).isTTY === true) {
      await context.stderr.line('reading events from here, one JSON object a line; Ctrl-D ends');
    }
    for await (const slice of slicesOf(readEvents(context.stdin, signal), SLICE)) {
      contact.expect(() => client.stats().queuedEvents > 0);
      const outcomes = await publishSlice(client, slice, signal);
      await answer(context, outcomes, options.json);
    }
  } catch (error) {
    if (!context.signal.aborted) throw refusal(signal.aborted ? signal.reason : error);
    context.setExitCode(EXIT.failed);
  } finally {
    contact.close();
    // Nobody answers, or not us: there is nothing to wait for.
    await client.close({ signal: AbortSignal.timeout(contact.signal.aborted ? 0 : CLOSE_MS) });
  }
}

interface Outcome {
  readonly line: number;
  readonly status: 'accepted' | 'duplicate' | 'rejected' | 'dropped';
  readonly eventId?: string;
  readonly position?: string;
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

async function publishSlice(
  client: ByteBasket,
  slice: readonly GivenEvent[],
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const events = slice.flatMap((given) => ('event' in given ? [inputOf(given.event)] : []));
  const results = (await client.publish(events, { signal })).values();
  return slice.map((given): Outcome => {
    const { line } = given;
    if ('error' in given) return { line, status: 'rejected', message: given.error };
    const { value: result } = results.next();
    if (result === undefined) throw new RangeError(`line ${line} has no result`);
    return { line, ...outcomeOf(result) };
  });
}

async function answer(
  context: CliContext,
  outcomes: readonly Outcome[],
  json: boolean,
): Promise<void> {
  for (const outcome of outcomes) {
    const { status } = outcome;
    if (status !== 'accepted' && status !== 'duplicate') context.setExitCode(EXIT.failed);
    await context.stdout.line(json ? JSON.stringify(outcome) : text(outcome));
  }
}

/** Empty id and time are filled in by the SDK. */
function inputOf(event: Extract<GivenEvent, { event: unknown }>['event']): EventInput {
  const { eventId, occurTime, payload, ...identity } = event;
  return {
    ...identity,
    payload: payload as EventInput['payload'],
    ...(eventId === '' ? {} : { eventId }),
    ...(occurTime === undefined ? {} : { occurTime }),
  };
}

function outcomeOf(result: PublishResult): Omit<Outcome, 'line'> {
  if (result.status === 'rejected') {
    const { error, eventId } = result;
    const field = error.field === undefined || error.field === '' ? {} : { field: error.field };
    return { status: 'rejected', eventId, reason: error.reason, ...field, message: error.message };
  }
  if (result.status === 'dropped') return { status: 'dropped', message: result.error.message };
  const { stream, partition, offset } = result.position;
  return {
    status: result.status,
    eventId: result.eventId,
    position: `${stream}/${partition}/${offset}`,
  };
}

/** Messages of rejections name the event themselves. */
function text({ line, status, position, eventId, reason, message }: Outcome): string {
  if (position !== undefined) return `${line}: ${eventId ?? ''} ${status} at ${position}`;
  return `${line}: ${status}${reason === undefined ? '' : ` (${reason})`}: ${message ?? ''}`;
}
