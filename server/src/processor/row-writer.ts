import type { EventLog, NewRecord } from '../ports/event-log.js';
import type { RowWrite, TableDeclaration, TableStore } from '../ports/table-store.js';
import { TOPICS } from '../ports/topics.js';
import type { Retrying } from '../retry/retry.js';
import type { Captured } from './partition-task.js';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from './tables.js';
import { createUpdateEncoder } from './update-encoder.js';

/** Bounds of one call of the ports. */
const ROWS_PER_CALL = 10_000;
const RECORDS_PER_CALL = 10_000;

export interface RowWriterOptions {
  readonly derived: EventLog;
  readonly tables: TableStore;
  /** Of the folds. */
  readonly declarations: readonly TableDeclaration[];
  readonly retry: Retrying;
}

/** Makes the changes of several partitions durable, in order: rows, then `updates` with the progress behind them. */
export interface RowWriter {
  /**
   * Resolves when everything is acknowledged; returns the number of rows. The updates are encoded before it first
   * waits; rows must not change until then either. One call at a time.
   */
  write(captures: readonly Captured[]): Promise<number>;
}

export function createRowWriter(options: RowWriterOptions): RowWriter {
  const { derived, tables, declarations, retry } = options;
  const encoder = createUpdateEncoder([...declarations, PROGRESS_TABLE], derived.partitions);

  async function writeTable(table: string, rows: readonly RowWrite[]): Promise<void> {
    for (let from = 0; from < rows.length; from += ROWS_PER_CALL) {
      const part = rows.length <= ROWS_PER_CALL ? rows : rows.slice(from, from + ROWS_PER_CALL);
      await retry(`write rows of ${table}`, () => tables.write(table, part));
    }
  }

  async function append(records: readonly NewRecord[]): Promise<void> {
    for (let from = 0; from < records.length; from += RECORDS_PER_CALL) {
      const part = records.slice(from, from + RECORDS_PER_CALL);
      await retry('append updates', () => derived.append(TOPICS.updates, part));
    }
  }

  return {
    async write(captures) {
      encoder.reset();
      const byTable = new Map<string, RowWrite[]>();
      const updates: NewRecord[] = [];
      for (const { rows, watermarkMs } of captures) {
        for (const row of rows.flat()) {
          let sameTable = byTable.get(row.table);
          if (sameTable === undefined) byTable.set(row.table, (sameTable = []));
          sameTable.push(row);
          const newestMs = Math.min(Math.floor(row.writeTime / 1_000), watermarkMs);
          updates.push(encoder.record(row.table, row, newestMs));
        }
      }
      const rows = updates.length;
      const progress = captures.map(progressRow);
      captures.forEach(({ watermarkMs }, index) => {
        const row = progress[index];
        if (row === undefined) return;
        const record = encoder.record(PROGRESS_TABLE.name, row, watermarkMs);
        // To every partition: whoever reads one of them knows what it has seen there.
        for (let partition = 0; partition < derived.partitions; partition++) {
          updates.push({ ...record, partition });
        }
      });
      await Promise.all([...byTable].map(([table, sameTable]) => writeTable(table, sameTable)));
      await Promise.all([append(updates), writeTable(PROGRESS_TABLE.name, progress)]);
      return rows;
    },
  };
}

function progressRow({ task, nextOffset, watermarkMs, writeTime }: Captured): RowWrite {
  const { topic, partition } = task.source;
  return {
    key: [PROCESSOR_GROUP, topic, partition],
    cells: { next_offset: nextOffset, watermark_ms: watermarkMs },
    writeTime,
  };
}
