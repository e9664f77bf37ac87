import type { LmdbEnvironment } from './environment.js';

/** What is known of one partition: its bounds, the newest append time and its stored size. */
export interface PartitionState {
  readonly start: number;
  readonly end: number;
  readonly lastAppendMs: number;
  readonly bytes: number;
}

const NEW_PARTITION: PartitionState = { start: 0, end: 0, lastAppendMs: 0, bytes: 0 };
const STATE_TAG = 0x73; // s
const GROUP_TAG = 0x67; // g

/** Reads and writes of the log's rows by number of topic and partition; keys are made in one scratch buffer. */
export interface LogStorage {
  state(topic: number, partition: number): PartitionState;
  putState(topic: number, partition: number, state: PartitionState): void;
  putBatch(at: BatchAddress, bytes: Uint8Array): void;
  removeBatch(at: BatchAddress): void;
  /** A copy of the batch whose first offset is exactly this one. */
  batch(at: BatchAddress): Buffer | undefined;
  /** First offset of the batch that holds `at.first`, or of the nearest one before. */
  batchBefore(at: BatchAddress): number | undefined;
  committed(group: string, topic: number, partition: number): number | undefined;
  putCommitted(group: string, at: BatchAddress): void;
}

/** A batch by its first offset; for group positions, the next offset to read. */
export interface BatchAddress {
  readonly topic: number;
  readonly partition: number;
  readonly first: number;
}

/** lmdb copies keys and values while it is called, so the scratch may be used again at once. */
export function openLogStorage({ meta, records }: LmdbEnvironment): LogStorage {
  const recordKey = Buffer.alloc(11);
  const stateKey = Buffer.from([STATE_TAG, 0, 0, 0]);
  const stateValue = Buffer.alloc(32);

  function recordKeyOf({ topic, partition, first }: BatchAddress): Buffer {
    recordKey.writeUInt16BE(topic, 0);
    recordKey[2] = partition;
    recordKey.writeUInt32BE(Math.floor(first / 2 ** 32), 3);
    recordKey.writeUInt32BE(first % 2 ** 32, 7);
    return recordKey;
  }
  function stateKeyOf(topic: number, partition: number): Buffer {
    stateKey.writeUInt16BE(topic, 1);
    stateKey[3] = partition;
    return stateKey;
  }
  return {
    state(topic, partition) {
      const bytes = meta.getBinaryFast(stateKeyOf(topic, partition));
      if (bytes === undefined) return NEW_PARTITION;
      return {
        start: bytes.readDoubleBE(0),
        end: bytes.readDoubleBE(8),
        lastAppendMs: bytes.readDoubleBE(16),
        bytes: bytes.readDoubleBE(24),
      };
    },
    putState(topic, partition, state) {
      stateValue.writeDoubleBE(state.start, 0);
      stateValue.writeDoubleBE(state.end, 8);
      stateValue.writeDoubleBE(state.lastAppendMs, 16);
      stateValue.writeDoubleBE(state.bytes, 24);
      void meta.put(stateKeyOf(topic, partition), stateValue);
    },
    putBatch: (at, bytes) => void records.put(recordKeyOf(at), bytes),
    removeBatch: (at) => void records.remove(recordKeyOf(at)),
    batch: (at) => records.getBinary(recordKeyOf(at)),
    batchBefore(at) {
      const start = Buffer.from(recordKeyOf(at));
      const end = recordKeyOf({ ...at, first: 0 });
      for (const key of records.getKeys({
        start,
        end,
        reverse: true,
        inclusiveEnd: true,
        limit: 1,
      })) {
        const found = Buffer.from(key);
        return found.readUInt32BE(3) * 2 ** 32 + found.readUInt32BE(7);
      }
      return undefined;
    },
    committed(group, topic, partition) {
      return meta.getBinaryFast(groupKey(group, topic, partition))?.readDoubleBE(0);
    },
    putCommitted(group, { topic, partition, first }) {
      const value = Buffer.alloc(8);
      value.writeDoubleBE(first);
      void meta.put(groupKey(group, topic, partition), value);
    },
  };
}

function groupKey(group: string, topic: number, partition: number): Buffer {
  const name = Buffer.from(group, 'utf8');
  const key = Buffer.alloc(name.length + 5);
  key[0] = GROUP_TAG;
  name.copy(key, 1);
  // A NUL ends the name, which may not hold one; the numbers behind it have a fixed width.
  key.writeUInt16BE(topic, name.length + 2);
  key[name.length + 4] = partition;
  return key;
}
