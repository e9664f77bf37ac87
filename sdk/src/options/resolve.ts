import { machineClock, type SdkClock } from '../clock.js';
import { OptionError } from '../errors/errors.js';
import type { Identity } from '../events/event-input.js';
import { notifierOf, type Observer } from './observer.js';
import type {
  BatchOptions,
  ByteBasketOptions,
  DeadlineOptions,
  Overflow,
  QueueOptions,
  RetryOptions,
} from './options.js';

const KIB = 1024;
const MIB = 1024 * KIB;
const CLIENT_ID = /^[A-Za-z0-9_.:-]{1,100}$/;
const OVERFLOWS: readonly Overflow[] = ['wait', 'reject', 'drop-newest', 'drop-oldest'];

/** Room in a request for its batch number and client id; the contract allows 1 MiB for all of it. */
const ENVELOPE_BYTES = 4 * KIB;

type Whole<T> = { readonly [Key in keyof T]-?: Exclude<T[Key], undefined> };

/** Options with every default filled in and every range checked. */
export interface ResolvedOptions {
  readonly endpoint: string;
  readonly key: ByteBasketOptions['key'];
  readonly tls: ByteBasketOptions['tls'];
  readonly clientId: string;
  readonly batch: Whole<BatchOptions>;
  readonly queue: Whole<Omit<QueueOptions, 'folder'>> & { readonly folder: string | undefined };
  readonly retry: Whole<RetryOptions>;
  readonly deadlines: Whole<DeadlineOptions>;
  readonly defaults: Identity;
  readonly observe: Observer;
  readonly clock: SdkClock;
  readonly random: () => number;
}

/** Largest event that a request can carry, as bytes inside it. */
export const EVENT_BYTES_MAX = MIB - ENVELOPE_BYTES;

/** Fills in defaults. Throws OptionError with the option's name, its value and its range. */
export function resolveOptions(options: ByteBasketOptions): ResolvedOptions {
  return {
    endpoint: options.endpoint,
    key: options.key,
    tls: options.tls,
    clientId: clientIdOf(options.clientId),
    batch: batchOf(options.batch ?? {}),
    queue: queueOf(options.queue ?? {}),
    retry: retryOf(options.retry ?? {}),
    deadlines: deadlinesOf(options.deadlines ?? {}),
    defaults: options.defaults ?? {},
    observe: notifierOf(options.observer),
    clock: options.clock ?? machineClock(),
    random: options.random ?? Math.random,
  };
}

function batchOf(batch: BatchOptions): ResolvedOptions['batch'] {
  return {
    eventsMax: within('batch.eventsMax', batch.eventsMax ?? 100, [1, 500]),
    bytesMax: within('batch.bytesMax', batch.bytesMax ?? 200 * KIB, [KIB, EVENT_BYTES_MAX]),
    intervalMs: within('batch.intervalMs', batch.intervalMs ?? 200, [0, 60_000]),
    inFlightMax: within('batch.inFlightMax', batch.inFlightMax ?? 4, [1, 64]),
  };
}

function queueOf(queue: QueueOptions): ResolvedOptions['queue'] {
  const { folder, overflow = 'wait' } = queue;
  if (!OVERFLOWS.includes(overflow)) {
    throw new OptionError(
      'queue.overflow',
      `queue.overflow is '${overflow}': use ${OVERFLOWS.join(', ')}`,
    );
  }
  if (folder !== undefined && overflow === 'drop-oldest') {
    throw new OptionError(
      'queue.overflow',
      "queue.overflow 'drop-oldest' conflicts with queue.folder: a resolved track() promises delivery, use wait, reject or drop-newest",
    );
  }
  const disk = folder !== undefined;
  return {
    folder,
    overflow,
    eventsMax: within(
      'queue.eventsMax',
      queue.eventsMax ?? (disk ? 200_000 : 10_000),
      [1, 10_000_000],
    ),
    bytesMax: within('queue.bytesMax', queue.bytesMax ?? (disk ? 256 * MIB : 16 * MIB), [
      KIB,
      MIB * MIB,
    ]),
    waitersMax: within('queue.waitersMax', queue.waitersMax ?? 10_000, [1, 1_000_000]),
  };
}

function retryOf(retry: RetryOptions): ResolvedOptions['retry'] {
  const delayBaseMs = within('retry.delayBaseMs', retry.delayBaseMs ?? 100, [1, 60_000]);
  return {
    delayBaseMs,
    delayMaxMs: within('retry.delayMaxMs', retry.delayMaxMs ?? Math.max(10_000, delayBaseMs), [
      delayBaseMs,
      600_000,
    ]),
    readAttemptsMax: within('retry.readAttemptsMax', retry.readAttemptsMax ?? 4, [1, 20]),
  };
}

function deadlinesOf(deadlines: DeadlineOptions): ResolvedOptions['deadlines'] {
  return {
    readMs: within('deadlines.readMs', deadlines.readMs ?? 10_000, [1, 600_000]),
    answerMs: within('deadlines.answerMs', deadlines.answerMs ?? 30_000, [100, 600_000]),
    silenceMs: within('deadlines.silenceMs', deadlines.silenceMs ?? 30_000, [1_000, 600_000]),
  };
}

function clientIdOf(clientId: string | undefined): string {
  if (clientId !== undefined && !CLIENT_ID.test(clientId)) {
    throw new OptionError(
      'clientId',
      `clientId is '${clientId}': use 1 to 100 characters of A-Z a-z 0-9 _ . : -`,
    );
  }
  return clientId ?? '';
}

function within(
  option: string,
  value: number,
  [min, max]: readonly [min: number, max: number],
): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new OptionError(
    option,
    `${option} is ${String(value)}: use a whole number from ${min} to ${max}`,
  );
}
