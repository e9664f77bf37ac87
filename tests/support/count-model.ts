import type { EventLog } from '@bytebasket/server/ports/event-log';
import type { Row, TableStore } from '@bytebasket/server/ports/table-store';
import { bucketOf } from './counting-fold.js';
import { countRows } from './processor-world.js';

/**
 * What the rows of the counting fold must be, recounted from the log without the processor: also the write times,
 * which follow from the append times alone.
 */
export async function expectedRows(inputs: EventLog): Promise<ReadonlyMap<string, Row>> {
  const rows = new Map<string, Row>();
  for (const topic of ['user-activity', 'transactions']) {
    for (const { partition, start } of await inputs.bounds(topic)) {
      let writeTime = 0;
      for await (const records of inputs.read(topic, partition, { from: start })) {
        for (const { offset, appendMs, key, value } of records) {
          writeTime = Math.max(writeTime + 1, appendMs * 1_000);
          const text = Buffer.from(value).toString('utf8');
          if (text.startsWith('poison')) continue;
          const name = Buffer.from(key).toString('utf8');
          const before = rows.get(`${name} ${topic}/${partition}`);
          rows.set(`${name} ${topic}/${partition}`, {
            key: [bucketOf(name), name, topic, partition],
            cells: {
              records: Number(before?.cells['records'] ?? 0) + 1,
              amount: BigInt(String(before?.cells['amount'] ?? 0)) + BigInt(text),
              last_offset: offset,
            },
            writeTime,
          });
        }
      }
    }
  }
  return rows;
}

/** Whether every record of the inputs is in the processor's progress. */
export async function caughtUp(inputs: EventLog, tables: TableStore): Promise<boolean> {
  for (const topic of ['user-activity', 'transactions']) {
    for (const { partition, end } of await inputs.bounds(topic)) {
      const row = await tables.get('processor_progress', ['processor', topic, partition]);
      if (Number(row?.cells['next_offset'] ?? 0) < end) return false;
    }
  }
  return true;
}

/** The rows as they are, sorted, for a comparison that shows what differs. */
export async function sortedRows(
  source: TableStore | Promise<ReadonlyMap<string, Row>>,
): Promise<[string, Row][]> {
  const rows = 'then' in source ? await source : await countRows(source);
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
}
