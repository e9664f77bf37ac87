import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import {
  IngestServiceDefinition,
  PublishRequest,
  type EventResult,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { createClientFactory } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { afterEach, describe, expect, test } from 'vitest';
import { heldLog } from '../support/held-log.js';
import {
  ingestWorld,
  publisher,
  recordsOf,
  view,
  type IngestWorld,
  type WorldOptions,
} from '../support/ingest-world.js';
import { eventually, failureOf } from '../support/test-gateway.js';

let world: IngestWorld;
afterEach(() => world.close());

async function open(options: WorldOptions): Promise<void> {
  world = await ingestWorld(options);
}

const HOUR_MS = 3_600_000;
const reasons = ({ results }: { results: EventResult[] }) =>
  results.map(({ rejection }) => rejection?.message.split(':')[0]);

describe('the limits of ingest', () => {
  test('refuse at once what would wait beyond the bound, with the time to wait', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap, limits: { waitingEventsMax: 5 } });
    held.hold();
    const events = [view(1), view(2), view(3)];
    const first = publisher(world).publish({ events });
    await eventually(() => world.waitingEvents() === 3);
    const third = [view(4), view(5), view(6)];
    const failure = await failureOf(publisher(world).publish({ events: third }));
    expect(failure).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'GATEWAY_SATURATED',
      metadata: { limit: '5 waiting events' },
      message: 'the gateway holds at most 5 waiting events: send again after the delay',
      retryMs: 100,
    });
    const fits = publisher(world).publish({ events: [view(4), view(5)] });
    await eventually(() => world.waitingEvents() === 5);
    held.release();
    expect((await first).results).toHaveLength(3);
    expect((await fits).results).toHaveLength(2);
    expect((await publisher(world).publish({ events: third })).results[2]?.status).toBe(1);
  });

  test('count bytes too', async () => {
    const request = PublishRequest.fromPartial({ events: [view(1), view(2)] });
    const waitingBytesMax = PublishRequest.encode(request).finish().length;
    await open({ limits: { waitingBytesMax } });
    const failure = await failureOf(
      publisher(world).publish({ events: [view(1), view(2), view(3)] }),
    );
    expect(failure).toMatchObject({
      reason: 'GATEWAY_SATURATED',
      metadata: { limit: `${waitingBytesMax} waiting bytes` },
    });
    expect((await publisher(world).publish(request)).results[0]?.status).toBe(1);
  });

  test('pass on that the log is full', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.fail('user-activity', 1, 'Throttled');
    const failure = await failureOf(publisher(world).publish({ events: [view(1)] }));
    expect(failure).toMatchObject({ reason: 'GATEWAY_SATURATED', retryMs: 70 });
  });

  test('answer at the deadline, and what was written then answers as a duplicate', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.hold();
    const client = createClientFactory()
      .use(deadlineMiddleware)
      .create(IngestServiceDefinition, world.channel);
    const call = client.publish({ events: [view(1)] }, { deadline: 150 });
    await expect(call).rejects.toMatchObject({ code: 4 });
    held.release();
    const again = await publisher(world).publish({ events: [view(1)] });
    expect(again.results[0]?.status).toBe(2);
  });

  test('keep dead letters up to the quota of the hour and say so beyond it', async () => {
    await open({ limits: { deadLetterBytesPerHour: 450 } });
    const bad = (n: number) => view(n, { anonymousId: 'not an id' });
    const answer = await publisher(world).publish({ events: [bad(1), bad(2), bad(3), view(4)] });
    expect(reasons(answer)).toEqual([
      'anonymous_id is (personal)',
      'rejected (FIELD_INVALID) and not kept',
      'rejected (FIELD_INVALID) and not kept',
      undefined,
    ]);
    expect(answer.results[1]?.rejection).toMatchObject({
      reason: ErrorReason.NOT_KEPT,
      field: 'anonymous_id',
    });
    expect(await recordsOf(world.log, 'dead-letters')).toHaveLength(1);
    await world.clock.advance(HOUR_MS);
    const later = await publisher(world).publish({ events: [bad(5)] });
    expect(later.results[0]?.rejection?.reason).toBe(ErrorReason.FIELD_INVALID);
    const { FIELD_INVALID, NOT_KEPT } = ErrorReason;
    expect(world.rejections).toEqual([FIELD_INVALID, NOT_KEPT, NOT_KEPT, FIELD_INVALID]);
  });

  test('fail the call when a dead letter cannot be kept, so that it is sent again', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.fail('dead-letters');
    const events = [view(1), view(2, { anonymousId: 'not an id' })];
    const failure = await failureOf(publisher(world).publish({ events }));
    expect(failure.reason).toBe('LOG_UNAVAILABLE');
    const answer = await publisher(world).publish({ events });
    expect(answer.results.map(({ status }) => status)).toEqual([2, 3]);
    expect(await recordsOf(world.log, 'dead-letters')).toHaveLength(1);
  });
});
