import {
  PublishStreamRequest,
  type PublishStreamResponse,
} from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { afterEach, describe, expect, test } from 'vitest';
import { heldLog } from '../support/held-log.js';
import {
  ingestWorld,
  order,
  publisher,
  recordsOf,
  view,
  type IngestWorld,
  type WorldOptions,
} from '../support/ingest-world.js';
import { eventually, failureOf } from '../support/test-gateway.js';

let world: IngestWorld;
afterEach(() => world.close());

async function open(options: WorldOptions = {}): Promise<void> {
  world = await ingestWorld(options);
}

type Batch = ReturnType<typeof batch>;

function batch(number: number, ...events: ReturnType<typeof view>[]) {
  return PublishStreamRequest.fromPartial({
    batchNumber: BigInt(number),
    events,
    clientId: 'shop',
  });
}

/** A stream that a test writes and reads step by step. */
function openStream() {
  const queue: Batch[] = [];
  let wake: () => void = () => undefined;
  let ended = false;
  async function* requests() {
    for (;;) {
      const next = queue.shift();
      if (next !== undefined) yield next;
      else if (ended) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  const answers = publisher(world).publishStream(requests())[Symbol.asyncIterator]();
  // The call begins with the first read, so one read is always under way.
  let reading = answers.next();
  reading.catch(() => undefined);
  const read = async () => {
    const step = await reading;
    reading = answers.next();
    reading.catch(() => undefined);
    return step;
  };
  return {
    send(...batches: Batch[]) {
      queue.push(...batches);
      wake();
    },
    end() {
      ended = true;
      wake();
    },
    async answer(): Promise<PublishStreamResponse> {
      const step = await read();
      if (step.done === true) throw new Error('the stream has ended');
      return step.value;
    },
    ended: async () => (await read()).done,
  };
}

/** Number, and the statuses or the reason of refusal with the number expected. */
function told({ batchNumber, outcome }: PublishStreamResponse): unknown[] {
  if (outcome?.$case === 'accepted') {
    return [Number(batchNumber), ...outcome.value.results.map(({ status }) => status)];
  }
  const { reason, expectedBatchNumber } = outcome?.value ?? {};
  return [Number(batchNumber), ErrorReason[reason ?? 0], Number(expectedBatchNumber)];
}

describe('PublishStream', () => {
  test('answers batches in order with results and credit, and ends with the client', async () => {
    await open({ limits: { streamBatchesMax: 5, streamBytesMax: 100_000 } });
    const stream = openStream();
    stream.send(
      batch(4, view(1), order(2)),
      batch(5, view(3, { anonymousId: '' })),
      batch(6, view(1)),
    );
    const answers = [await stream.answer(), await stream.answer(), await stream.answer()];
    expect(answers.map(told)).toEqual([
      [4, 1, 1],
      [5, 3],
      [6, 2],
    ]);
    expect(answers[0]?.credit).toEqual({ batches: 5, bytes: 100_000n });
    stream.end();
    expect(await stream.ended()).toBe(true);
    const kept = await recordsOf(world.log, 'transactions');
    expect(kept[0]?.headers).toEqual({ client_id: 'shop', batch_number: '4', batch_size: '2' });
  });

  test('writes the batches of a key in order although many are under way', async () => {
    await open();
    const stream = openStream();
    const own = (n: number) => view(n, { userId: 'one-key' });
    // Some batches hold events that are durable already: those are looked up, the others must not overtake them.
    await publisher(world).publish({ events: [own(1_000), own(1_001)] });
    const batches = Array.from({ length: 60 }, (_, i) =>
      i % 7 === 3
        ? batch(i + 1, own(1_000), own(2 * i), own(2 * i + 1))
        : batch(i + 1, own(2 * i), own(2 * i + 1)),
    );
    stream.send(...batches);
    for (let i = 0; i < 60; i++) expect(told(await stream.answer())[0]).toBe(i + 1);
    const kept = (await recordsOf(world.log, 'user-activity')).filter(
      ({ key }) => key === 'one-key',
    );
    const numbers = kept.slice(2).map(({ headers }) => Number(headers['batch_number']));
    expect(numbers).toHaveLength(120);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('keeps several batches under way, up to the credit', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap, limits: { streamBatchesMax: 3 } });
    held.hold();
    const stream = openStream();
    stream.send(...[1, 2, 3, 4, 5].map((n) => batch(n, view(n))));
    await eventually(() => world.waitingEvents() === 3);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(world.waitingEvents()).toBe(3);
    held.release();
    for (let n = 1; n <= 5; n++) expect(told(await stream.answer())).toEqual([n, 1]);
  });

  test('refuses every later batch after a refusal until the refused number comes again', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    const stream = openStream();
    stream.send(batch(1, view(1)));
    expect(told(await stream.answer())).toEqual([1, 1]);
    held.fail('user-activity');
    stream.send(batch(2, view(2)));
    const refused = await stream.answer();
    expect(told(refused)).toEqual([2, 'LOG_UNAVAILABLE', 2]);
    if (refused.outcome?.$case !== 'refused') throw new Error('accepted');
    expect(refused.outcome.value.retryDelay).toEqual({ seconds: 0n, nanos: 70_000_000 });
    stream.send(batch(3, view(3)), batch(4, view(4)));
    expect(told(await stream.answer())).toEqual([3, 'BATCH_OUT_OF_ORDER', 2]);
    expect(told(await stream.answer())).toEqual([4, 'BATCH_OUT_OF_ORDER', 2]);
    stream.send(batch(2, view(2)), batch(3, view(3)), batch(4, view(4)));
    for (const n of [2, 3, 4]) expect(told(await stream.answer())).toEqual([n, 1]);
    expect(await recordsOf(world.log, 'user-activity')).toHaveLength(4);
  });

  test('writes nothing that came after a failed batch until that one comes again', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.hold();
    held.fail('user-activity');
    const own = (n: number) => view(n, { userId: 'one-key' });
    const batches = [1, 2, 3, 4, 5].map((n) => batch(n, own(n)));
    const stream = openStream();
    stream.send(batches[0] ?? batch(1));
    await eventually(() => held.waiting === 1);
    stream.send(...batches.slice(1));
    await eventually(() => world.waitingEvents() === 5);
    held.release();
    expect(told(await stream.answer())).toEqual([1, 'LOG_UNAVAILABLE', 1]);
    for (const n of [2, 3, 4, 5]) {
      expect(told(await stream.answer())).toEqual([n, 'BATCH_OUT_OF_ORDER', 1]);
    }
    expect(await recordsOf(world.log, 'user-activity')).toHaveLength(0);
    stream.send(...batches);
    for (const n of [1, 2, 3, 4, 5]) expect(told(await stream.answer())).toEqual([n, 1]);
    const kept = await recordsOf(world.log, 'user-activity');
    expect(kept.map(({ headers }) => headers['batch_number'])).toEqual(['1', '2', '3', '4', '5']);
  });

  test('refuses a later batch although it was written together with a failed one', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap });
    held.hold();
    const stream = openStream();
    stream.send(batch(1, view(1)));
    await eventually(() => held.waiting === 1);
    held.fail('transactions');
    stream.send(batch(2, order(2)), batch(3, view(3)));
    await eventually(() => world.waitingEvents() === 3);
    held.release();
    expect(told(await stream.answer())).toEqual([1, 1]);
    expect(told(await stream.answer())).toEqual([2, 'LOG_UNAVAILABLE', 2]);
    expect(told(await stream.answer())).toEqual([3, 'BATCH_OUT_OF_ORDER', 2]);
    stream.send(batch(2, order(2)), batch(3, view(3)));
    expect(told(await stream.answer())).toEqual([2, 1]);
    expect(told(await stream.answer())).toEqual([3, 2]);
  });

  test('refuses what saturates the gateway and takes it again later', async () => {
    const held = heldLog();
    await open({ tamper: held.wrap, limits: { waitingEventsMax: 2 } });
    held.hold();
    const stream = openStream();
    stream.send(batch(1, view(1), view(2)), batch(2, view(3)), batch(3, view(4)));
    await eventually(() => world.waitingEvents() === 2);
    await new Promise((resolve) => setTimeout(resolve, 30));
    held.release();
    expect(told(await stream.answer())).toEqual([1, 1, 1]);
    expect(told(await stream.answer())).toEqual([2, 'GATEWAY_SATURATED', 2]);
    expect(told(await stream.answer())).toEqual([3, 'BATCH_OUT_OF_ORDER', 2]);
    stream.send(batch(2, view(3)), batch(3, view(4)));
    expect(told(await stream.answer())).toEqual([2, 1]);
    expect(told(await stream.answer())).toEqual([3, 1]);
  });

  test('refuses a batch that is too large for good and goes on with the next', async () => {
    await open();
    const stream = openStream();
    const many = Array.from({ length: 501 }, (_, i) => view(i));
    stream.send(batch(1, ...many), batch(2, view(1)));
    expect(told(await stream.answer())).toEqual([1, 'BATCH_TOO_LARGE', 2]);
    expect(told(await stream.answer())).toEqual([2, 1]);
  });

  test('refuses a gap and a number that was answered before', async () => {
    await open();
    const stream = openStream();
    stream.send(batch(7, view(1)), batch(9, view(2)), batch(7, view(1)), batch(8, view(2)));
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(told(await stream.answer()));
    expect(answers).toEqual([
      [7, 1],
      [9, 'BATCH_OUT_OF_ORDER', 8],
      [7, 'BATCH_OUT_OF_ORDER', 8],
      [8, 1],
    ]);
  });

  test('answers what was sent again on a new stream as duplicates with the original positions', async () => {
    await open();
    const batches = [1, 2, 3].map((n) => batch(n, view(2 * n), order(2 * n + 1)));
    const first = openStream();
    first.send(...batches);
    const before = [await first.answer(), await first.answer(), await first.answer()];
    const second = openStream();
    second.send(...batches.slice(1), batch(4, view(9)));
    const after = [await second.answer(), await second.answer(), await second.answer()];
    expect(after.map(told)).toEqual([
      [2, 2, 2],
      [3, 2, 2],
      [4, 1],
    ]);
    const places = ({ outcome }: PublishStreamResponse) =>
      outcome?.$case === 'accepted' ? outcome.value.results.map(({ position }) => position) : [];
    expect(after.slice(0, 2).map(places)).toEqual(before.slice(1).map(places));
  });

  test('answers what was begun before it ends with an error', async () => {
    await open();
    const stream = openStream();
    stream.send(batch(1, view(1)), batch(0, view(2)));
    expect(told(await stream.answer())).toEqual([1, 1]);
    const failure = await failureOf(stream.answer());
    expect(failure).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'FIELD_INVALID',
      metadata: { field: 'batch_number', value: '0' },
    });
  });

  test('ends with SHUTTING_DOWN when the gateway drains', async () => {
    await open();
    const stream = openStream();
    stream.send(batch(1, view(1)));
    expect(told(await stream.answer())).toEqual([1, 1]);
    const failure = failureOf(stream.answer());
    await world.gateway.drain(1_000);
    expect(await failure).toMatchObject({ code: 'UNAVAILABLE', reason: 'SHUTTING_DOWN' });
  });
});
