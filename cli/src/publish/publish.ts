import type { EventInput, PublishResult } from '@bytebasket/sdk';
import type { ByteBasket, CliContext } from '../commands/context.js';
import { EXIT } from '../output/cli-error.js';
import { readEvents, type GivenEvent } from './read-events.js';

const SLICE = 500;

/** Publishes events from stdin and answers one line per event. Exit code 1 when one was not accepted. */
export async function publish(
  context: CliContext,
  client: ByteBasket,
  json: boolean,
): Promise<void> {
  let slice: GivenEvent[] = [];
  for await (const given of readEvents(context.stdin)) {
    slice.push(given);
    if (slice.length === SLICE) {
      await publishSlice(context, client, { slice, json });
      slice = [];
    }
  }
  await publishSlice(context, client, { slice, json });
}

async function publishSlice(
  context: CliContext,
  client: ByteBasket,
  { slice, json }: { slice: readonly GivenEvent[]; json: boolean },
): Promise<void> {
  const events = slice.flatMap((given) => ('event' in given ? [inputOf(given.event)] : []));
  const results = [...(await client.publish(events, { signal: context.signal }))];
  for (const given of slice) {
    const outcome =
      'event' in given ? outcomeOf(results.shift()) : { status: 'rejected', message: given.error };
    if (outcome.status !== 'accepted' && outcome.status !== 'duplicate')
      context.setExitCode(EXIT.failed);
    const line = { line: given.line, ...outcome };
    await context.stdout.line(json ? JSON.stringify(line) : text(line));
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

interface Outcome {
  readonly status: string;
  readonly eventId?: string;
  readonly position?: string;
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

function outcomeOf(result: PublishResult | undefined): Outcome {
  if (result === undefined) return { status: 'unknown', message: 'no answer came' };
  if (result.status === 'rejected') {
    const { error, eventId } = result;
    const field = error.field === undefined ? {} : { field: error.field };
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

function text({ line, status, position, eventId, message }: Outcome & { line: number }): string {
  const subject = eventId === undefined ? `${line}:` : `${line}: ${eventId}`;
  return position === undefined
    ? `${subject} ${status}: ${message ?? ''}`
    : `${subject} ${status} at ${position}`;
}
