import type { LmdbEnvironment } from './environment.js';

/** A lower bound of the write times in a table, so that a table where nothing can be due is not read at all. */
export interface Ages {
  /** Microseconds; no row's newest write is older. Infinity when there is none. */
  readonly oldestWrite: number;
  /** Microseconds; no tombstone is older. */
  readonly oldestDelete: number;
}

export interface TableAges {
  /** Inside a write transaction: takes note of what is written. */
  lower(table: number, written: Ages): void;
  /** Inside a write transaction: begins to gather what is written from now on beside the bound. */
  begin(table: number): void;
  /** Inside a write transaction: replaces the bound by what a full pass found, or what was written meanwhile. */
  finish(table: number, found: Ages): void;
  read(table: number): Ages;
}

const TAG = 0x61; // a

/** Four numbers per table: the bounds, and the bounds of what was written since `begin`. */
export function openTableAges({ meta }: LmdbEnvironment): TableAges {
  const key = Buffer.from([TAG, 0, 0]);
  const value = Buffer.alloc(32);

  function load(table: number): [number, number, number, number] {
    key.writeUInt16BE(table, 1);
    const bytes = meta.getBinaryFast(key);
    if (bytes === undefined) return [Infinity, Infinity, Infinity, Infinity];
    return [
      bytes.readDoubleBE(0),
      bytes.readDoubleBE(8),
      bytes.readDoubleBE(16),
      bytes.readDoubleBE(24),
    ];
  }
  function store(table: number, numbers: readonly number[]): void {
    key.writeUInt16BE(table, 1);
    numbers.forEach((number, index) => value.writeDoubleBE(number, index * 8));
    void meta.put(key, value);
  }
  return {
    lower(table, { oldestWrite, oldestDelete }) {
      const [write, remove, writeSince, removeSince] = load(table);
      const known =
        oldestWrite >= Math.max(write, writeSince) && oldestDelete >= Math.max(remove, removeSince);
      if (known) return;
      store(table, [
        Math.min(write, oldestWrite),
        Math.min(remove, oldestDelete),
        Math.min(writeSince, oldestWrite),
        Math.min(removeSince, oldestDelete),
      ]);
    },
    begin(table) {
      const [write, remove] = load(table);
      store(table, [write, remove, Infinity, Infinity]);
    },
    finish(table, found) {
      const [, , write, remove] = load(table);
      const oldestWrite = Math.min(found.oldestWrite, write);
      const oldestDelete = Math.min(found.oldestDelete, remove);
      store(table, [oldestWrite, oldestDelete, oldestWrite, oldestDelete]);
    },
    read(table) {
      const [oldestWrite, oldestDelete] = load(table);
      return { oldestWrite, oldestDelete };
    },
  };
}
