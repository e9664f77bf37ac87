import type { EventLog } from '@bytebasket/server/ports/event-log';
import type { TableStore } from '@bytebasket/server/ports/table-store';

/** What a processor does to its ports; reads pass unnoticed. */
export type PortAction =
  | 'ownership'
  | 'seal'
  | 'decisions'
  | 'rows'
  | 'progress'
  | 'updates'
  | 'chunks'
  | 'flip'
  | 'remove'
  | 'commit';

/** Called before and after each action; may wait, or throw to make the action fail. */
export type Tamper = (action: PortAction, when: 'before' | 'after') => Promise<void>;

const TABLE_ACTIONS: Readonly<Record<string, PortAction>> = {
  processor_progress: 'progress',
  processor_chunks: 'chunks',
  processor_ownership: 'ownership',
};

export interface ProcessorPorts {
  readonly inputs: EventLog;
  readonly derived: EventLog;
  readonly tables: TableStore;
}

/** The same ports with `tamper` around everything that writes. */
export function tampered(ports: ProcessorPorts, tamper: Tamper): ProcessorPorts {
  async function around<T>(action: PortAction, work: () => Promise<T>): Promise<T> {
    await tamper(action, 'before');
    const result = await work();
    await tamper(action, 'after');
    return result;
  }
  const { inputs, derived, tables } = ports;
  return {
    inputs: {
      ...inputs,
      commit: (group, positions) => around('commit', () => inputs.commit(group, positions)),
    },
    derived: {
      ...derived,
      append: (topic, records) =>
        around(topic === 'updates' ? 'updates' : 'decisions', () => derived.append(topic, records)),
    },
    tables: {
      ...tables,
      write: (table, rows) =>
        around(TABLE_ACTIONS[table] ?? 'rows', () => tables.write(table, rows)),
      remove: (table, rows) => around('remove', () => tables.remove(table, rows)),
      compareAndSet: (table, change) => {
        const flip = table === 'processor_snapshots' && change.next['sequence'] !== 0;
        const action = flip ? 'flip' : (TABLE_ACTIONS[table] ?? 'seal');
        return around(action, () => tables.compareAndSet(table, change));
      },
    },
  };
}

/**
 * The log with memberships of its own: `consume` reads every partition without the group's lock, so two processors can
 * believe to be the only one, as after a network partition.
 */
export function lonely(inputs: EventLog): EventLog {
  return {
    ...inputs,
    async consume({ topics, handler, signal, recordsMax }) {
      const stop = new AbortController();
      const ended = AbortSignal.any([signal, stop.signal]);
      const members = topics.flatMap((topic) =>
        Array.from({ length: inputs.partitions }, async (_, partition) => {
          const at = { topic, partition };
          const from = await handler.assigned(at, undefined);
          try {
            const options = { from, follow: true, signal: ended, recordsMax: recordsMax ?? 1_000 };
            for await (const records of inputs.read(topic, partition, options)) {
              if (ended.aborted) break;
              await handler.records(at, records);
            }
          } finally {
            await handler.revoked(at);
          }
        }).map((member) =>
          member.catch((error: unknown) => {
            stop.abort();
            throw error;
          }),
        ),
      );
      const outcomes = await Promise.allSettled(members);
      const failure = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failure !== undefined) throw failure.reason;
    },
  };
}
