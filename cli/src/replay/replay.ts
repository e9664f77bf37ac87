import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import type { Observer } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { spanOf, type Span } from './imported-events.js';
import { Pacer, type Speed } from './pacer.js';
import { showProgress } from './progress.js';
import { sendSource } from './send.js';
import { resolveSources, type ReplaySource } from './sources.js';
import { Tally } from './tally.js';
import { timelineOf, type Timeline, type TimesOption } from './timeline.js';

export interface ReplayOptions extends ConnectionFlags {
  readonly format: string;
  readonly mapping?: string | undefined;
  readonly lookup: readonly string[];
  readonly currency: string;
  readonly speed: 'auto' | Speed;
  /** How long an `auto` replay takes, milliseconds. */
  readonly durationMs: number;
  readonly times: TimesOption;
  readonly shift: string;
  readonly limit: number;
  readonly strict: boolean;
  readonly badRows?: string | undefined;
  readonly json: boolean;
}

const FIRST_CONNECTION_MS = 10_000;

/** Replays files through the SDK. Returns the counts; the exit code is set when something was rejected or left over. */
export async function replay(
  context: CliContext,
  paths: readonly string[],
  options: ReplayOptions,
): Promise<Tally> {
  const sources = await resolveSources(paths, options);
  const tally = new Tally();
  const unreachable = new AbortController();
  const signal = AbortSignal.any([context.signal, unreachable.signal]);
  const spans = await measure(context, sources, options);
  const { createByteBasket } = await import('@bytebasket/sdk');
  const client = createByteBasket({
    ...context.connection(options),
    batch: { eventsMax: 500, intervalMs: 50 },
    observer: failWhenUnreachable(unreachable),
  });
  const total = spans === undefined ? undefined : spans.reduce((sum, span) => sum + span.events, 0);
  const stopProgress = showProgress(context.stderr, tally, total);
  const badRows = options.badRows === undefined ? undefined : createWriteStream(options.badRows);
  try {
    await sendAll({ context, sources, spans, options, tally, client, signal, badRows });
    await client.flush({ signal });
  } catch (error) {
    if (unreachable.signal.aborted) throw unreachable.signal.reason;
    if (!context.signal.aborted) throw error;
    context.setExitCode(EXIT.failed);
  } finally {
    await stopProgress();
    await client.close({ signal: AbortSignal.timeout(2_000) }).catch((error: unknown) => {
      tally.notes.push(`closed before everything was answered: ${String(error)}`);
    });
    await endFile(badRows);
  }
  if (tally.rejected > 0 || tally.settled < tally.events) context.setExitCode(EXIT.failed);
  return tally;
}

/** Reads the sources once where pacing or the timeline needs their span. */
async function measure(
  context: CliContext,
  sources: readonly ReplaySource[],
  options: ReplayOptions,
): Promise<readonly Span[] | undefined> {
  const needed = options.speed === 'auto' || (options.times === 'shift' && options.shift === 'now');
  if (!needed) return undefined;
  if (!options.json) await context.stderr.line('reading the files once to learn their span …');
  const { currency, limit } = options;
  return await Promise.all(
    sources.map(
      async (source) => await spanOf(source, { currency, limit, signal: context.signal }),
    ),
  );
}

interface SendAll {
  readonly context: CliContext;
  readonly sources: readonly ReplaySource[];
  readonly spans: readonly Span[] | undefined;
  readonly options: ReplayOptions;
  readonly tally: Tally;
  readonly client: Parameters<typeof sendSource>[1]['client'];
  readonly signal: AbortSignal;
  readonly badRows: WriteStream | undefined;
}

/** All sources at once, so that views and orders of the same shop move together. */
async function sendAll(all: SendAll): Promise<void> {
  const { context, options, tally, client, signal } = all;
  const runId = randomBytes(8).toString('hex');
  await Promise.all(
    all.sources.map(async (source, index) => {
      const span = all.spans?.[index];
      const timeline = timelineOf({ ...options, span, runId, nowMs: Date.now });
      const speed = speedOf(options, span);
      if (!options.json) await context.stderr.line(introduction(source, timeline, speed));
      await sendSource(source, {
        ...{ client, timeline, tally, signal },
        ...{ currency: options.currency, limit: options.limit, strict: options.strict },
        pacer: new Pacer(speed, signal),
        onBadRow: (line) => all.badRows?.write(`${line}\n`),
      });
    }),
  );
}

function speedOf(options: ReplayOptions, span: Span | undefined): Speed {
  if (options.speed !== 'auto') return options.speed;
  const length = span === undefined ? 0 : span.lastMs - span.firstMs;
  return length > options.durationMs ? { factor: length / options.durationMs } : { factor: 1 };
}

function introduction(source: ReplaySource, timeline: Timeline, speed: Speed): string {
  const pace =
    speed === 'max'
      ? 'as fast as the server takes them'
      : `${speed.factor.toFixed(1)} times as fast as recorded`;
  return `${source.file.path} (${source.importer.name}): ${pace}; ${timeline.description}`;
}

/** Ends a replay that never reached a server, or whose key was refused; later breaks are the SDK's to mend. */
function failWhenUnreachable(controller: AbortController): Observer {
  let connected = false;
  const started = performance.now();
  return (event) => {
    if (event.type === 'connected' || event.type === 'delivered') connected = true;
    if (event.type === 'stopped') controller.abort(new CliError(event.error.message));
    const late = performance.now() - started > FIRST_CONNECTION_MS;
    if (event.type === 'disconnected' && !connected && late) {
      const remedy = 'Is it running? Start it with `npm start`, or name it with --endpoint.';
      controller.abort(new CliError('no server answers', { remedy, cause: event.error }));
    }
  };
}

async function endFile(stream: WriteStream | undefined): Promise<void> {
  if (stream === undefined) return;
  stream.end();
  await once(stream, 'close');
}
