/**
 * A program that appends to a log whose disk is going to fail, and tells what it was told. Started by the tests with a
 * folder as its argument, under a limit or a tracer that makes writes fail.
 */
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { isPortError } from '@bytebasket/server/ports/errors';

export const TOPIC = 'orders';
export const APPENDS = 300;
export const VALUE_BYTES = 20_000;

/** How each append ended, in order, and what the health probe said at the end. */
export interface WriterReport {
  readonly outcomes: readonly string[];
  /** Offsets of the appends that resolved. */
  readonly durable: readonly number[];
  readonly health: string;
}

/** The value of the append with this number: all bytes equal, so a torn one shows. */
export function valueOf(append: number): Buffer {
  return Buffer.alloc(VALUE_BYTES, append % 256);
}

async function run(folder: string): Promise<WriterReport> {
  const topics = [{ name: TOPIC, retention: {} }];
  const log = await openLmdbEventLog({ folder, topics, clock: systemClock(), partitions: 1 });
  const outcomes: string[] = [];
  const durable: number[] = [];
  for (let append = 0; append < APPENDS; append++) {
    const key = Buffer.from(`${append}`, 'utf8');
    const record = { partition: 0, key, value: valueOf(append), headers: {} };
    try {
      durable.push(...(await log.append(TOPIC, [record])));
      outcomes.push('durable');
    } catch (error) {
      outcomes.push(kindOf(error));
    }
  }
  const health = await log.bounds(TOPIC).then(() => 'healthy', kindOf);
  await log.close();
  return { outcomes, durable, health };
}

function kindOf(error: unknown): string {
  return isPortError(error) ? `${error.kind}: ${error.message}` : String(error);
}

const folder = process.env['BYTEBASKET_FAULT_FOLDER'];
if (folder !== undefined) process.send?.(await run(folder));
