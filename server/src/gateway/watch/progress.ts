import type { Row } from '../../ports/table-store.js';
import { PROCESSOR_GROUP } from '../../processor/tables.js';
import type { RowChange } from './update-hub.js';

/** How far the rows of one input partition are. */
export interface InputProgress {
  /** Every record below is in the rows. */
  readonly nextOffset: number;
  /** Append time of the newest of them, milliseconds. */
  readonly watermarkMs: number;
}

const NONE: InputProgress = { nextOffset: 0, watermarkMs: 0 };

/**
 * The processor's progress as far as the changes were delivered. It comes through every partition of `updates` behind
 * the rows that it speaks of, so what all of them have brought is what counts.
 */
export interface ProgressBoard {
  /** What the table of progress holds: its rows can be read already. */
  know(row: Row): void;
  /** A change of the progress table, which one partition of `updates` brought. */
  see(updatesPartition: number, change: RowChange): void;
  /** Of one input partition. */
  of(topic: string, partition: number): InputProgress;
}

export function createProgressBoard(updatesPartitions: number): ProgressBoard {
  const known = new Map<string, InputProgress>();
  const seen = Array.from({ length: updatesPartitions }, () => new Map<string, InputProgress>());

  function put(
    board: Map<string, InputProgress>,
    { key, cells }: Pick<RowChange, 'key' | 'cells'>,
  ) {
    const [consumer, topic, partition] = key;
    const { next_offset: nextOffset, watermark_ms: watermarkMs } = cells;
    if (consumer !== PROCESSOR_GROUP) return;
    if (typeof nextOffset !== 'number' || typeof watermarkMs !== 'number') return;
    const name = `${topic}/${partition}`;
    // A former owner may still tell of an earlier place.
    if (nextOffset >= (board.get(name) ?? NONE).nextOffset) {
      board.set(name, { nextOffset, watermarkMs });
    }
  }

  return {
    know: (row) => put(known, row),
    see(updatesPartition, change) {
      const board = seen[updatesPartition];
      if (board !== undefined) put(board, change);
    },
    of(topic, partition) {
      const name = `${topic}/${partition}`;
      const floor = known.get(name) ?? NONE;
      let least: InputProgress | undefined;
      for (const board of seen) {
        const here = newer(board.get(name) ?? NONE, floor);
        if (least === undefined || here.nextOffset < least.nextOffset) least = here;
      }
      return least ?? floor;
    },
  };
}

function newer(a: InputProgress, b: InputProgress): InputProgress {
  return a.nextOffset >= b.nextOffset ? a : b;
}
