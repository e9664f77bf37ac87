import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { createNotifierMemory } from '@bytebasket/server/adapters/lmdb/notifier';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { INPUT_TOPICS } from '@bytebasket/server/ports/topics';
import { openStorage } from '../../cli/src/composition/storage.js';
import { DEFAULT_RETENTION } from '../../cli/src/composition/topic-declarations.js';
import type { Found } from './history.js';

/** Every input record of a data folder that no process has open. */
export async function readLog(dataFolder: string): Promise<Found[]> {
  const storage = await openStorage({
    dataFolder,
    inputsNotifier: createNotifierMemory(),
    derivedNotifier: createNotifierMemory(),
    retention: DEFAULT_RETENTION,
    clock: systemClock(),
  });
  const found: Found[] = [];
  try {
    for (const topic of INPUT_TOPICS) {
      for (const { partition, start } of await storage.inputs.bounds(topic)) {
        for await (const records of storage.inputs.read(topic, partition, { from: start })) {
          for (const { offset, key, value } of records) {
            const { eventId } = Event.decode(value);
            found.push({
              eventId,
              key: Buffer.from(key).toString('utf8'),
              topic,
              partition,
              offset,
            });
          }
        }
      }
    }
  } finally {
    await storage.close();
  }
  return found;
}
