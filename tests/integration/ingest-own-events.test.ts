import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { PortError } from '@bytebasket/server/ports/errors';
import { afterEach, describe, expect, test } from 'vitest';
import { type IngestWorld, ingestWorld, recordsOf, START_MS } from '../support/ingest-world.js';

let world: IngestWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

function label(occurMs: number): Event {
  const { CHARGEBACK: source } = LabelSource;
  const value = { paymentId: 'p1', source, verdict: LabelVerdict.FRAUD };
  return Event.fromPartial({
    eventId: '0197f3a1-7c00-7abc-8def-000000000001',
    anonymousId: 'a1',
    occurTime: new Date(occurMs),
    payload: { $case: 'labelReported', value },
  });
}

describe('an event of the server’s own making', () => {
  test('is durable once, with the client that asked for it', async () => {
    world = await ingestWorld();
    const { publishEvent } = world.ingest;
    await expect(publishEvent(label(START_MS), 'back-office')).resolves.toEqual({
      kind: 'durable',
    });
    await expect(publishEvent(label(START_MS), 'back-office')).resolves.toEqual({
      kind: 'durable',
    });
    const records = await recordsOf(world.log, 'transactions');
    expect(records.map(({ headers }) => headers)).toEqual([{ client_id: 'back-office' }]);
  });

  test('is refused like a client’s, and not kept', async () => {
    world = await ingestWorld();
    const verdict = await world.ingest.publishEvent(label(START_MS + 3_600_000), 'back-office');
    expect(verdict).toMatchObject({
      kind: 'rejected',
      reason: ErrorReason.OCCUR_TIME_IN_FUTURE,
      field: 'occur_time',
    });
    expect(await recordsOf(world.log, 'dead-letters')).toEqual([]);
  });

  test('fails in the words of the contract when the log cannot write', async () => {
    const append = () => Promise.reject(new PortError('Unavailable', 'the disk is full'));
    world = await ingestWorld({ tamper: (log) => ({ ...log, append }) });
    await expect(world.ingest.publishEvent(label(START_MS), 'c')).rejects.toMatchObject({
      reason: ErrorReason.LOG_UNAVAILABLE,
    });
  });
});
