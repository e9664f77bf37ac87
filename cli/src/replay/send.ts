import { isEventRejectedError, type EventInput, type PayloadName } from '@bytebasket/sdk';
import type { ByteBasket } from '../commands/context.js';
import { importedEventId } from '../importers/event-ids.js';
import type { ImportedEvent } from '../importers/importer.js';
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
  readonly limit: number;
  /** True makes the first bad row an error. */
  readonly strict: boolean;
  readonly signal: AbortSignal;
  readonly onBadRow: (line: string) => void;
}

/** Sends a source's events in file order, with the SDK's back-pressure. Resolves when the last one is queued. */
export async function sendSource(source: ReplaySource, options: SendOptions): Promise<void> {
  const { tally, pacer, signal } = options;
  const onNote = (note: string) => tally.notes.push(note);
  let sent = 0;
  for await (const imported of importedEvents(source, { currency: options.currency, onNote })) {
    signal.throwIfAborted();
    if ('bad' in imported) {
      const line = `${source.file.path}: row ${imported.row}: ${imported.bad.message}`;
      tally.bad(line);
      options.onBadRow(line);
      if (options.strict) throw imported.bad;
      continue;
    }
    for (const event of imported.events) {
      if (sent++ >= options.limit) return;
      await pacer.due(event.timeMs);
      await track(source, event, options);
    }
  }
}

async function track(
  source: ReplaySource,
  imported: ImportedEvent,
  options: SendOptions,
): Promise<void> {
  const { client, timeline, tally, signal } = options;
  const { payload, ...identity } = imported.event;
  if (payload === undefined) return;
  const seed = `${source.identity} ${timeline.key}`;
  const eventId = imported.eventId ?? importedEventId(seed, imported.source, imported.timeMs);
  const occurTime = new Date(timeline.occurMs(imported.timeMs));
  const method = client.track[payload.$case] as (
    value: unknown,
    options: Omit<EventInput, 'payload'> & { signal: AbortSignal },
  ) => ReturnType<ByteBasket['track'][PayloadName]>;
  const reject = (error: unknown) => {
    if (!isEventRejectedError(error)) throw error;
    tally.reject(error.reason, `${source.file.path}: ${imported.source}: ${error.message}`);
  };
  tally.events++;
  try {
    const receipt = await method(payload.value, { ...identity, eventId, occurTime, signal });
    receipt.delivered.then(
      ({ duplicate }) => {
        if (duplicate) tally.duplicates++;
        else tally.accepted++;
      },
      (error: unknown) => {
        // A client that is closed early rejects what is left; those events count as not settled.
        if (isEventRejectedError(error)) reject(error);
      },
    );
  } catch (error) {
    reject(error);
  }
}
