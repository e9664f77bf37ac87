import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '@bytebasket/server/adapters/lmdb/failure';
import type { CallOutcome, OnCall } from '@bytebasket/server/ports/wrappers/measured';
import { measuredEventLog } from '@bytebasket/server/ports/wrappers/measured-event-log';
import { measuredTableStore } from '@bytebasket/server/ports/wrappers/measured-table-store';
import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Storage } from './storage.js';

/** Which handle was called; the names of `Storage`. */
export type PortName = 'inputs' | 'derived' | 'tables';

/** One call of a port. */
export interface PortCall {
  readonly port: PortName;
  readonly operation: string;
  readonly ms: number;
  readonly outcome: CallOutcome;
}

/** Takes what is told of one call. */
export type CallSink = (call: PortCall) => void;

/** The same handles; `onCall` is told of every call. */
export function measuredStorage(storage: Storage, onCall: CallSink): Storage {
  const of =
    (port: PortName): OnCall =>
    (operation, ms, outcome) =>
      onCall({ port, operation, ms, outcome });
  return {
    inputs: measuredEventLog(storage.inputs, of('inputs')),
    derived: measuredEventLog(storage.derived, of('derived')),
    tables: measuredTableStore(storage.tables, of('tables')),
    close: storage.close,
  };
}

/** Registers how long calls of the ports take, and the disk's gauges; returns what feeds the former. */
export function portMetrics(registry: Registry, dataFolder: string): CallSink {
  diskMetrics(registry, dataFolder);
  const calls = new Histogram({
    name: 'bytebasket_storage_call_seconds',
    help: 'How long calls of the log and the tables took, by handle, operation and outcome.',
    labelNames: ['port', 'operation', 'outcome'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  // Looked up once: labels() per call costs more than the observation. Three handles with ten operations at most.
  const known = new Map<string, ReturnType<typeof calls.labels>>();
  return ({ port, operation, ms, outcome }) => {
    const name = `${port} ${operation} ${outcome}`;
    let labelled = known.get(name);
    if (labelled === undefined) {
      labelled = calls.labels({ port, operation, outcome });
      known.set(name, labelled);
    }
    labelled.observe(ms / 1_000);
  };
}

/** Registers gauges of the disk, asked for when somebody looks. */
function diskMetrics(registry: Registry, dataFolder: string): void {
  const registers = [registry];
  new Gauge({
    name: 'bytebasket_data_bytes',
    help: 'Disk space that the data folder takes.',
    registers,
    async collect() {
      this.set(await bytesUnder(dataFolder));
    },
  });
  new Gauge({
    name: 'bytebasket_disk_free_bytes',
    help: 'Free bytes of the file system of the data folder.',
    registers,
    async collect() {
      this.set(await freeBytes(dataFolder));
    },
  });
}

const BLOCK_BYTES = 512;

/** Space that is taken, not lengths: files of the store have holes. A handful of files. */
async function bytesUnder(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesUnder(path);
    else bytes += (await blocksOf(path)) * BLOCK_BYTES;
  }
  return bytes;
}

/** 0 for a file that went away in between. */
async function blocksOf(path: string): Promise<number> {
  try {
    return (await stat(path)).blocks;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
