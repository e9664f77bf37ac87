import { open } from 'node:fs/promises';
import { framedSize } from '../publish/frame.js';
import type { QueueReceipt } from '../publish/receipt.js';
import type { Batch, QueuedEvent } from './batch.js';
import { scanRecords } from './journal-record.js';
import type { Place } from './recover.js';
import { segmentPath } from './segment-files.js';

/** What could be read back of a batch. */
export interface LoadedEvents {
  readonly events: QueuedEvent[];
  /** Who waits for events that could not. */
  readonly lostReceipts: readonly QueueReceipt[];
}

/** Reads the events of a batch back from its segment. Rejects when the file cannot be read. */
export async function loadBatch(folder: string, batch: Batch, place: Place): Promise<LoadedEvents> {
  const bytes = Buffer.alloc(place.end - place.start);
  const file = await open(segmentPath(folder, place.segment), 'r');
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesRead } = await file.read(bytes, at, bytes.length - at, place.start + at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
  const events: QueuedEvent[] = [];
  const found = new Set<number>();
  scanRecords(bytes, ({ record }) => {
    if (record.type !== 'event' || record.batchNumber !== batch.number) return;
    found.add(record.index);
    const receipt = place.receipts?.[record.index];
    events.push({ bytes: record.bytes, size: framedSize(record.bytes.length), receipt });
  });
  const lostReceipts = (place.receipts ?? []).filter((_receipt, at) => !found.has(at));
  return { events, lostReceipts: lostReceipts.filter((receipt) => receipt !== undefined) };
}
