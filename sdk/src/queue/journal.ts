import { open, type FileHandle } from 'node:fs/promises';
import { segmentPath, syncFolder, SEGMENT_BYTES } from './segment-files.js';

export interface JournalOptions {
  readonly folder: string;
  /** Number of the first segment to write; must not exist. */
  readonly segment: number;
  /** First record of a new segment. */
  readonly head: () => Buffer;
  /** Is called after a group of records became durable, with the sequence number of the last of them. */
  readonly committed: (sequence: number) => void;
  /** Is called once, with what made a write or a sync fail; returns what the appends that wait reject with. */
  readonly failed: (cause: unknown) => Error;
}

/** Where a record went. */
export interface Appended {
  readonly segment: number;
  readonly start: number;
  readonly end: number;
  /** Counts the appended records, from 1. */
  readonly sequence: number;
  /** Resolves when the record survives a loss of power; rejects with what failed. One promise per group. */
  readonly durable: Promise<void>;
}

interface Segment {
  readonly number: number;
  readonly chunks: Buffer[];
  bytes: number;
}

interface Group {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Appends records to segment files with group commit: while one write and sync runs, everything that arrives waits and
 * goes together in the next. The order of the calls is the order in the files.
 */
export class Journal {
  readonly #options: JournalOptions;
  /** Segments with something to write, oldest first; the last one is the current. */
  #pending: Segment[] = [];
  #current: Segment;
  #group: Group | undefined;
  #note: Buffer | undefined;
  #handle: { readonly segment: number; readonly file: FileHandle } | undefined;
  #running: Promise<void> | undefined;
  #failed = false;
  #durableSegment = 0;
  #sequence = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#current = this.#begin(options.segment);
  }

  get currentSegment(): number {
    return this.#current.number;
  }

  /** The newest segment whose head survives a loss of power, 0 for none: what earlier ones knew is safe in it. */
  get durableSegment(): number {
    return this.#durableSegment;
  }

  /** Whether the current segment is as large as it should get. */
  get full(): boolean {
    return this.#current.bytes >= SEGMENT_BYTES;
  }

  /** Goes on in a new segment. */
  rotate(): void {
    this.#current = this.#begin(this.#current.number + 1);
  }

  /** Appends a record and has it made durable. */
  append(record: Buffer): Appended {
    const start = this.#current.bytes;
    this.#current.chunks.push(record);
    this.#current.bytes += record.length;
    this.#group ??= newGroup();
    const { promise } = this.#group;
    this.#sequence += 1;
    this.#start();
    return {
      segment: this.#current.number,
      start,
      end: this.#current.bytes,
      sequence: this.#sequence,
      durable: promise,
    };
  }

  /** Keeps a record to be written with whatever is written next; a later note replaces it. */
  note(record: Buffer): void {
    this.#note = record;
  }

  /** Writes a kept note now, without waiting for the disk. */
  writeNote(): void {
    if (this.#note !== undefined) this.#start();
  }

  /** Resolves when nothing is left to write and the file is closed. */
  async close(): Promise<void> {
    this.writeNote();
    while (this.#running !== undefined) await this.#running;
    await this.#handle?.file.close();
    this.#handle = undefined;
  }

  #begin(number: number): Segment {
    const head = this.#options.head();
    const segment = { number, chunks: [head], bytes: head.length };
    this.#pending.push(segment);
    return segment;
  }

  #start(): void {
    if (this.#running !== undefined || this.#failed) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      // Something may have been appended after the loop's last look.
      if (this.#group !== undefined) this.#start();
    });
  }

  async #run(): Promise<void> {
    // What is tracked in the same tick shares the first sync.
    await Promise.resolve();
    while (!this.#failed && (this.#group !== undefined || this.#note !== undefined)) {
      const group = this.#group;
      const sequence = this.#sequence;
      this.#group = undefined;
      try {
        await this.#commit();
        this.#options.committed(sequence);
        group?.resolve();
      } catch (cause) {
        this.#fail(cause, group);
      }
    }
  }

  async #commit(): Promise<void> {
    if (this.#note !== undefined) {
      this.#current.chunks.push(this.#note);
      this.#current.bytes += this.#note.length;
      this.#note = undefined;
    }
    const work = this.#pending.map(({ number, chunks }) => ({
      number,
      bytes: Buffer.concat(chunks),
    }));
    for (const segment of this.#pending) segment.chunks.length = 0;
    this.#pending = [this.#current];
    for (const { number, bytes } of work) {
      if (bytes.length === 0) continue;
      const file = await this.#fileOf(number);
      await writeFully(file, bytes);
      await file.datasync();
      this.#durableSegment = number;
    }
  }

  async #fileOf(segment: number): Promise<FileHandle> {
    if (this.#handle?.segment === segment) return this.#handle.file;
    await this.#handle?.file.close();
    this.#handle = undefined;
    const { folder } = this.#options;
    const file = await open(segmentPath(folder, segment), 'ax', 0o600);
    this.#handle = { segment, file };
    syncFolder(folder);
    return file;
  }

  #fail(cause: unknown, group: Group | undefined): void {
    this.#failed = true;
    const error = this.#options.failed(cause);
    group?.reject(error);
    this.#group?.reject(error);
  }
}

/** The system may write less than it was given. */
async function writeFully(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

function newGroup(): Group {
  const { promise, resolve, reject } = withResolvers();
  // Whoever appended waits for it; the queue itself hears of a failure by `failed`.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

function withResolvers(): Group {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
