import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { ByteBasket, CliContext, ConnectionFlags } from '../commands/context.js';
import { FirstContact, refusal, RETRY } from '../commands/first-contact.js';
import { EXIT } from '../output/cli-error.js';
import { BadRowsFile } from './bad-rows-file.js';
import type { Span } from './imported-events.js';
import { measure } from './measure.js';
import { Pacer, type Speed } from './pacer.js';
import { replayProgress, showProgress } from './progress.js';
import { sendSource } from './send.js';
import { resolveSources, type ReplaySource } from './sources.js';
import type { Tally } from './tally.js';
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
  /** Events of each file at most. */
  readonly limit: number;
  readonly strict: boolean;
  readonly badRows?: string | undefined;
  readonly json: boolean;
}

/** How long the end waits for answers after an interruption. */
const CLOSE_MS = 2_000;

/** One replay from its start to its end. */
interface Run {
  readonly context: CliContext;
  readonly options: ReplayOptions;
  readonly tally: Tally;
  readonly sources: readonly ReplaySource[];
  readonly spans: readonly Span[] | undefined;
  readonly badRows: BadRowsFile | undefined;
}

/**
 * Replays files through the SDK, counting in `tally`. The exit code is 1 when an event was rejected or not answered, or
 * when it was interrupted. Throws CliError for what cannot be read or written, and when no server answers.
 */
export async function replay(
  context: CliContext,
  paths: readonly string[],
  { options, tally }: { readonly options: ReplayOptions; readonly tally: Tally },
): Promise<void> {
  const badRows = await openBadRows(context, options);
  try {
    const onSkipped = (names: readonly string[]) =>
      tally.note(`skipped, of no known format: ${names.join(', ')}`);
    const sources = await resolveSources(paths, { ...options, cwd: context.cwd, onSkipped });
    const spans = await spansOf(context, sources, options);
    await send({ context, options, tally, sources, spans, badRows });
  } catch (error) {
    if (!context.signal.aborted) throw error;
    context.setExitCode(EXIT.failed);
    tally.note('interrupted before the end');
  } finally {
    await badRows?.close();
  }
  if (tally.rejected > 0 || tally.unanswered > 0) context.setExitCode(EXIT.failed);
}

async function openBadRows(
  { cwd }: CliContext,
  { badRows }: ReplayOptions,
): Promise<BadRowsFile | undefined> {
  return badRows === undefined ? undefined : await BadRowsFile.open(resolve(cwd, badRows));
}

/** Reads the sources once where pacing or the timeline needs their span. */
async function spansOf(
  { stderr, signal }: CliContext,
  sources: readonly ReplaySource[],
  { currency, limit, speed, times, shift }: ReplayOptions,
): Promise<readonly Span[] | undefined> {
  if (speed !== 'auto' && !(times === 'shift' && shift === 'now')) return undefined;
  return await measure(sources, { currency, limit, signal, output: stderr });
}

async function send(run: Run): Promise<void> {
  const { context, options, tally, spans } = run;
  const contact = new FirstContact(context.connection(options).endpoint);
  const client = await context.connect(options, {
    batch: { eventsMax: 500, intervalMs: 50 },
    retry: RETRY,
    observer: contact.observer,
  });
  const pending = () => client.stats().queuedEvents > 0;
  const total = spans?.reduce((sum, span) => sum + span.events, 0);
  const stopProgress = showProgress(context.stderr, replayProgress(tally, total));
  const signal = AbortSignal.any([context.signal, contact.signal]);
  try {
    await sendAll(run, client, { signal, onEvent: () => contact.expect(pending) });
    await client.flush({ signal });
  } catch (error) {
    throw refusal(contact.signal.aborted ? contact.signal.reason : error);
  } finally {
    contact.close();
    await stopProgress();
    // Nobody answers, or not us: there is nothing to wait for.
    const patience = AbortSignal.timeout(contact.signal.aborted ? 0 : CLOSE_MS);
    await client.close({ signal: patience });
  }
}

/** All sources at once, so that views and orders of the same shop move together. The first that fails ends all. */
async function sendAll(
  run: Run,
  client: ByteBasket,
  { signal, onEvent }: { readonly signal: AbortSignal; readonly onEvent: () => void },
): Promise<void> {
  const { context, options, tally } = run;
  const { currency, limit, strict } = options;
  const runId = randomBytes(8).toString('hex');
  const failed = new AbortController();
  const stop = AbortSignal.any([signal, failed.signal]);
  const sendOne = async (source: ReplaySource, index: number) => {
    const span = run.spans?.[index];
    const timeline = timelineOf({ ...options, span, runId, nowMs: Date.now });
    const speed = speedOf(options, span);
    if (!options.json) await context.stderr.line(introduction(source, timeline, speed));
    await sendSource(source, {
      ...{ client, timeline, tally, currency, limit, strict, onEvent, signal: stop },
      pacer: new Pacer(speed, stop),
      onBadRow: async (line) => await run.badRows?.line(line),
    });
  };
  await Promise.allSettled(
    run.sources.map(async (source, index) => {
      await sendOne(source, index).catch((error: unknown) => failed.abort(error));
    }),
  );
  failed.signal.throwIfAborted();
}

function speedOf(options: ReplayOptions, span: Span | undefined): Speed {
  if (options.speed !== 'auto') return options.speed;
  const length = span === undefined ? 0 : span.lastMs - span.firstMs;
  return { factor: Math.max(1, length / options.durationMs) };
}

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });

function introduction(source: ReplaySource, timeline: Timeline, speed: Speed): string {
  const pace =
    speed === 'max'
      ? 'as fast as the server takes them'
      : `${grouped.format(speed.factor)} times as fast as recorded`;
  return `${source.name} (${source.importer.name}): ${pace}; ${timeline.description}`;
}
