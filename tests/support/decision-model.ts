import { expect } from 'vitest';
import type { EventLog, LogRecord } from '@bytebasket/server/ports/event-log';
import { epochOf, sourceTopicOf } from '@bytebasket/server/processor/decide';
import { decisionOf, DECISIONS, placeId, type TestDecision } from './deciding-fold.js';

/** All records of the topic, by partition. */
export async function decisionRecords(derived: EventLog): Promise<(readonly LogRecord[])[]> {
  return Promise.all(
    Array.from({ length: derived.partitions }, async (_, partition) => {
      const found: LogRecord[] = [];
      for await (const records of derived.read(DECISIONS, partition, { from: 0 })) {
        found.push(
          ...records.map((one) => ({ ...one, value: new Uint8Array(Buffer.from(one.value)) })),
        );
      }
      return found;
    }),
  );
}

/** The decisions that count: the first of each id, without those of owners that were over. */
export async function effectiveDecisions(
  derived: EventLog,
): Promise<ReadonlyMap<string, TestDecision>> {
  const counted = new Map<string, TestDecision>();
  for (const records of await decisionRecords(derived)) {
    const epochs = new Map<string, number>();
    for (const record of records) {
      const source = sourceTopicOf(record) ?? '';
      const epoch = epochOf(record) ?? 0;
      if (epoch < (epochs.get(source) ?? 0)) continue;
      epochs.set(source, epoch);
      const decision = decisionOf(record);
      if (!counted.has(decision.id)) counted.set(decision.id, decision);
    }
  }
  return counted;
}

/** Every input record was decided once, in order, in its own partition, with the state right behind it. */
export async function expectExactDecisions(
  { inputs, derived }: { readonly inputs: EventLog; readonly derived: EventLog },
  seed: number,
): Promise<void> {
  const expected: string[] = [];
  for (const topic of ['user-activity', 'transactions']) {
    for (const { partition, start, end } of await inputs.bounds(topic)) {
      for (let offset = start; offset < end; offset++) {
        expected.push(placeId({ topic, partition }, { offset }));
      }
    }
  }
  const records = (await decisionRecords(derived)).flat().map(decisionOf);
  const ids = records.map(({ id }) => id);
  expect(ids.length, `seed ${seed}: decisions in the topic`).toBe(expected.length);
  expect(ids.sort(), `seed ${seed}`).toEqual(expected.sort());
  for (const { id, item } of records) {
    expect(item, `seed ${seed}: ${id}`).toBe(Number(id.slice(id.indexOf('@') + 1)) + 1);
  }
}
