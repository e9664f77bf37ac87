import {
  isClientClosedError,
  isEventRejectedError,
  type EventInput,
  type PayloadName,
} from '@bytebasket/sdk';
import type { ByteBasket } from '../commands/context.js';
import { importedEventId } from '../importers/event-ids.js';
import type { ImportedEvent } from '../importers/importer.js';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import { importedEvents } from './imported-events.js';
import type { Pacer } from './pacer.js';
import type { ReplaySource } from './sources.js';
import type { Tally } from './tally.js';
import type { Timeline } from './timeline.js';

export interface SendOptions {
  readonly client: ByteBasket;
  readonly timeline: Timeline;
  readonly pacer: Pacer;
  readonly tally: Tally;
  readonly currency: string;
  /** Events to send at most. */
  readonly limit: number;
  /** True makes the first bad row an error. */
  readonly strict: boolean;
  readonly signal: AbortSignal;
  readonly onBadRow: (line: string) => Promise<void>;
  /** Is called before each event is handed to the client. */
  readonly onEvent: () => void;
}

/** Sends a source's events in file order, with the SDK's back-pressure. Resolves when the last one is queued. */
export async function sendSource(source: ReplaySource, options: SendOptions): Promise<void> {
  const { tally, pacer, signal, currency } = options;
  const onNote = (note: string) => tally.note(`${source.name}: ${note}`);
  let sent = 0;
  for await (const imported of importedEvents(source, { currency, signal, onNote })) {
    if ('bad' in imported) {
      const line = `${source.name}: row ${imported.row}: ${imported.bad.message}`;
      tally.bad(line);
      await options.onBadRow(line);
      if (options.strict) throw strictError(line, imported.bad);
      continue;
    }
    for (const event of imported.events) {
      if (sent++ >= options.limit) return;
      await pacer.due(event.timeMs);
      options.onEvent();
      await track(source, event, options);
    }
  }
}

function strictError(line: string, cause: unknown): CliError {
  const remedy = 'Mend the row, or leave --strict out: then bad rows are listed and skipped.';
  return new CliError(`stopped at the first bad row: ${line}`, { remedy, cause });
}

async function track(
  source: ReplaySource,
  imported: ImportedEvent,
  options: SendOptions,
): Promise<void> {
  const { client, timeline, tally, signal } = options;
  const { payload, ...identity } = imported.event;
  if (payload === undefined) throw new TypeError(`${imported.source} has no payload`);
  const occurMs = timeline.occurMs(imported.timeMs);
  const eventId = eventIdOf(source, imported, { timeline, occurMs });
  const method = client.track[payload.$case] as (
    value: unknown,
    options: Omit<EventInput, 'payload'> & { signal: AbortSignal },
  ) => ReturnType<ByteBasket['track'][PayloadName]>;
  const unsettled = (error: unknown) => {
    if (!isEventRejectedError(error)) throw error;
    tally.reject(error.reason, `${source.name}: ${imported.source}: ${error.message}`);
  };
  tally.events++;
  try {
    const occurTime = new Date(occurMs);
    const receipt = await method(payload.value, { ...identity, eventId, occurTime, signal });
    void receipt.delivered
      .then(({ duplicate }) => {
        if (duplicate) tally.duplicates++;
        else tally.accepted++;
      }, unsettled)
      .catch((error: unknown) => {
        // A client that is closed early gives up what is left: those events count as not answered.
        if (!isClientClosedError(error)) tally.note(describeError(error));
      });
  } catch (error) {
    if (!isEventRejectedError(error)) tally.events--;
    unsettled(error);
  }
}

/** An event's own id where it keeps its time; else one that is the same for the same source and timeline. */
function eventIdOf(
  source: ReplaySource,
  imported: ImportedEvent,
  { timeline, occurMs }: { readonly timeline: Timeline; readonly occurMs: number },
): string {
  if (timeline.keepsIds && imported.eventId !== undefined) return imported.eventId;
  const seed = `${source.identity} ${timeline.key}`;
  return importedEventId(seed, imported.eventId ?? imported.source, occurMs);
}
