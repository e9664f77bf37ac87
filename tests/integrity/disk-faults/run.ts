import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { nextMessage } from '../../support/worker.js';
import { TOPIC, valueOf, type WriterReport } from './writer.js';

const WRITER = fileURLToPath(new URL('./writer.ts', import.meta.url));

/** Runs the writer on `folder` behind `command`, a program that starts the one in its last arguments. */
export async function runWriter(
  command: readonly [string, ...string[]],
  folder: string,
): Promise<WriterReport> {
  const [program, ...options] = command;
  const node = ['--import', 'tsx', '--conditions=@bytebasket/source', WRITER];
  const child = spawn(program, [...options, process.execPath, ...node], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // One thread for file work: injected faults count calls per thread.
    env: { ...process.env, BYTEBASKET_FAULT_FOLDER: folder, UV_THREADPOOL_SIZE: '1' },
  });
  const exited = once(child, 'exit');
  const report = await nextMessage<WriterReport>(child);
  await exited;
  return report;
}

/** Opens the folder again and checks that it holds the appends that resolved, whole, and no other. */
export async function expectExactly(folder: string, { outcomes }: WriterReport): Promise<void> {
  const topics = [{ name: TOPIC, retention: {} }];
  const log = await openLmdbEventLog({ folder, topics, clock: systemClock(), partitions: 1 });
  const kept: string[] = [];
  for await (const records of log.read(TOPIC, 0, { from: 0, recordsMax: 10 })) {
    for (const { key, value, offset } of records) {
      const append = Buffer.from(key).toString('utf8');
      expect(offset).toBe(kept.length);
      expect(Buffer.compare(value, valueOf(Number(append)))).toBe(0);
      kept.push(append);
    }
  }
  const promised = outcomes.flatMap((one, append) => (one === 'durable' ? [`${append}`] : []));
  expect(kept).toEqual(promised);
  const again = { partition: 0, key: Buffer.from('again'), value: valueOf(1), headers: {} };
  expect(await log.append(TOPIC, [again])).toEqual([kept.length]);
  await log.close();
}
