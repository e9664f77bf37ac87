import { expect } from 'vitest';
import type {
  EventLog,
  EventLogCapabilities,
  LogRecord,
  NewRecord,
  ReadOptions,
  RecordHeaders,
  TopicDeclaration,
} from '@bytebasket/server/ports/event-log';
import { isPortError, type PortErrorKind } from '@bytebasket/server/ports/errors';
import type { ManualClock } from '../../support/manual-clock.js';
import type { ConformanceCase } from '../suite.js';

/** How a case wants its log. */
export interface EventLogSetup {
  readonly topics: readonly TopicDeclaration[];
  /** Most records that may wait; default the engine's. */
  readonly waitingRecordsMax?: number;
}

/** An open log on data of its own. */
export interface EventLogFixture {
  readonly log: EventLog;
  /** Moves the log's clock; undefined when the engine stamps records with a clock of its own. */
  readonly clock: ManualClock | undefined;
  /** Closes the log and deletes its data. */
  dispose(): Promise<void>;
}

/** What an adapter gives to the suite. */
export interface EventLogConformance {
  readonly name: string;
  readonly capabilities: EventLogCapabilities;
  open(setup: EventLogSetup): Promise<EventLogFixture>;
  /** Closes the log and opens it again on the same data, with the same clock. */
  restart(fixture: EventLogFixture): Promise<EventLogFixture>;
  /** How another thread or process of this machine opens the same log: see `elsewhere.ts`. */
  readonly elsewhere: {
    readonly module: URL;
    argument(fixture: EventLogFixture, where: 'thread' | 'process'): unknown;
  };
}

export interface LogContext {
  readonly log: EventLog;
  readonly fixture: EventLogFixture;
  readonly clock: ManualClock | undefined;
  restart(): Promise<void>;
}

export const TOPIC = 'orders';
export const OTHER_TOPIC = 'views';
export const TOPICS: readonly TopicDeclaration[] = [
  { name: TOPIC, retention: {} },
  { name: OTHER_TOPIC, retention: {} },
];

/** The same adapter, whose logs are opened this way. */
export function withSetup(options: EventLogConformance, setup: EventLogSetup): EventLogConformance {
  return { ...options, open: () => options.open(setup) };
}

/** A case that gets a fresh log, which is disposed of whatever happens. */
export function logCase(
  options: EventLogConformance,
  name: string,
  run: (context: LogContext) => Promise<void>,
): ConformanceCase {
  return {
    name,
    async run() {
      let fixture = await options.open({ topics: TOPICS });
      try {
        await run({
          get log() {
            return fixture.log;
          },
          get fixture() {
            return fixture;
          },
          get clock() {
            return fixture.clock;
          },
          async restart() {
            fixture = await options.restart(fixture);
          },
        });
      } finally {
        await fixture.dispose();
      }
    },
  };
}

export const NO_HEADERS: RecordHeaders = {};

export function record(partition: number, value: string, headers = NO_HEADERS): NewRecord {
  const key = Buffer.from(`key of ${value}`, 'utf8');
  return { partition, key, value: Buffer.from(value, 'utf8'), headers };
}

export function records(partition: number, label: string, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, index) => record(partition, `${label} ${index}`));
}

export function textOf({ value }: LogRecord): string {
  return Buffer.from(value).toString('utf8');
}

/** All records that a read gives; for one that follows, until `count` have come. */
export async function collect(
  log: EventLog,
  partition: number,
  options: Partial<ReadOptions> & { readonly topic?: string; readonly count?: number } = {},
): Promise<LogRecord[]> {
  const { topic = TOPIC, count = Infinity, ...read } = options;
  const collected: LogRecord[] = [];
  for await (const some of log.read(topic, partition, { from: 0, ...read })) {
    collected.push(...some);
    if (collected.length >= count) break;
  }
  return collected;
}

export async function texts(...args: Parameters<typeof collect>): Promise<string[]> {
  return (await collect(...args)).map(textOf);
}

/** Passes when the promise rejects with a PortError of that kind, whose message holds `part`. */
export async function rejects(
  promise: Promise<unknown>,
  kind: PortErrorKind,
  part = '',
): Promise<void> {
  const outcome = await promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );
  expect(outcome, `expected ${kind}`).toSatisfy((error) => isPortError(error, kind));
  expect((outcome as Error).message).toContain(part);
}
