/**
 * The event log: ordered, partitioned, replayable records. One port, several engines;
 * what an engine cannot do is a capability, known when it is opened.
 */

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  /** 0 to partitions - 1. */
  readonly partition: number;
}

/** Where a record lies. Offsets grow by one within a partition and are never reused. */
export interface Position extends TopicPartition {
  /** 0 or more, below 2^53. */
  readonly offset: number;
}

/** Text pairs beside a record's value. Records of one append may share one object: it is encoded once. */
export type RecordHeaders = Readonly<Record<string, string>>;

/** A record to append. The bytes must not change until the append settles. */
export interface NewRecord {
  /** Chosen by the caller, usually by `partitionOf(key, log.partitions)`. */
  readonly partition: number;
  /** 0 to 1,024 bytes. */
  readonly key: Uint8Array;
  /** At most 1 MiB together with key and headers. */
  readonly value: Uint8Array;
  readonly headers: RecordHeaders;
}

/** A record as read. `key` and `value` may be views of a larger buffer: copy what must outlive the batch. */
export interface LogRecord {
  readonly offset: number;
  /** When the log took the record, stamped by the log; milliseconds since the Unix epoch. */
  readonly appendMs: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly headers: RecordHeaders;
}

/** The readable offsets of a partition: `start` is the oldest kept, `end` the next to be written. */
export interface PartitionBounds {
  readonly partition: number;
  readonly start: number;
  readonly end: number;
}

/** How long records of a topic are kept. Whichever limit is reached first frees the oldest records. */
export interface Retention {
  /** Milliseconds since append; undefined keeps for ever. */
  readonly maxAgeMs?: number | undefined;
  /** Bytes per partition, stored size; undefined is unbounded. */
  readonly bytesMax?: number | undefined;
}

/** A topic as the log must hold it. */
export interface TopicDeclaration {
  readonly name: string;
  readonly retention: Retention;
}

/** What an engine can do; the conformance suite and the composition root read it. */
export interface EventLogCapabilities {
  /** Exactly one process writes the inputs, so the gateway can refuse duplicates itself. */
  readonly singleWriter: boolean;
  /** All records of one append become durable together or not at all. */
  readonly atomicAppend: boolean;
  /** Several members may share the partitions of a group; otherwise a second join is a Conflict. */
  readonly sharedGroups: boolean;
}

export interface ReadOptions {
  /** First offset to deliver, from `start` to `end` of the partition's bounds. */
  readonly from: number;
  /** True waits for new records at the end until aborted; false (default) ends at the end as of the call. */
  readonly follow?: boolean;
  /** Most records in one yielded array, 1 to 10,000; default 1,000. */
  readonly recordsMax?: number;
  readonly signal?: AbortSignal;
}

/** What a member of a consumer group does. Calls for one partition never overlap. */
export interface GroupHandler {
  /**
   * A partition was given to this member. `committed` is the group's next offset to read, undefined when
   * none was committed (or it expired). Returns the offset to begin at.
   */
  assigned(partition: TopicPartition, committed: number | undefined): Promise<number>;
  /** Records in offset order; the next call for the partition waits until this one resolves. */
  records(partition: TopicPartition, records: readonly LogRecord[]): Promise<void>;
  /** The partition was taken away; nothing more is delivered for it. */
  revoked(partition: TopicPartition): Promise<void>;
}

export interface ConsumeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly handler: GroupHandler;
  /** Ends the membership: partitions are revoked, then `consume` resolves. */
  readonly signal: AbortSignal;
  /** Most records in one delivery, 1 to 10,000; default 1,000. */
  readonly recordsMax?: number;
}

/**
 * Ordered, partitioned, replayable records. Every method throws PortError: NotFound for a topic that was not
 * declared at open, Unavailable when the engine cannot answer (retryable), Fenced when another writer took over.
 */
export interface EventLog {
  readonly capabilities: EventLogCapabilities;
  /** Partitions per topic, a creation-time constant. */
  readonly partitions: number;

  /**
   * Appends records in the given order; within a partition readers see the same order. Resolves once the records
   * survive a crash of this process and of the machine (lmdb: fsync; Kafka: acks=all). Concurrent appends share
   * one commit. `records`: 0 to 10,000. Returns one offset per record, in the same order.
   * Throws Throttled when more than the bound is waiting, Unavailable when it could not be made durable:
   * then none of the records is readable if `atomicAppend`, else the outcome is unknown.
   */
  append(topic: string, records: readonly NewRecord[]): Promise<readonly number[]>;

  /**
   * Yields the records of one partition in offset order, without a group. Only durable records are delivered.
   * Throws OutOfRange when `from` lies before `start` (expired) or after `end`.
   */
  read(topic: string, partition: number, options: ReadOptions): AsyncIterable<readonly LogRecord[]>;

  /** Joins a consumer group and delivers records until aborted (resolves) or the handler throws (rejects with it). */
  consume(options: ConsumeOptions): Promise<void>;

  /** Stores the group's next offset to read per partition; durable when it resolves. */
  commit(group: string, positions: readonly Position[]): Promise<void>;

  /** Bounds of every partition of a topic, in partition order. Also the health probe of the log. */
  bounds(topic: string): Promise<readonly PartitionBounds[]>;

  /** Frees records past their retention as of `nowMs`; whole batches only, so a little more than asked may stay. Returns records freed. */
  expire(nowMs: number): Promise<number>;

  /** Waits for appends under way, then frees everything. Later calls throw Unavailable. */
  close(): Promise<void>;
}
