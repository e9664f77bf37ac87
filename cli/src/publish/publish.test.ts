import { PassThrough, Readable } from 'node:stream';
import { EventRejectedError, type ByteBasket, type EventInput } from '@bytebasket/sdk';
import { describe, expect, test, vi } from 'vitest';
import { cliContext } from '../../../tests/support/cli-context.js';
import { publish } from './publish.js';

const event = (anonymousId: string, more = {}) =>
  JSON.stringify({ anonymousId, productViewed: { product: { productId: 'p' } }, ...more });

/** A client that takes everything but visitors called `bad`, and knows those called `again`. */
function world(stdin: Readable | string) {
  const published: (readonly EventInput[])[] = [];
  const takes = (input: EventInput) => {
    const eventId = input.eventId ?? 'made';
    if (input.anonymousId === 'bad') {
      const facts = { reason: 'FIELD_INVALID', field: 'anonymous_id', rule: 'x' } as const;
      const error = new EventRejectedError('no', { ...facts, eventId, rejectedBy: 'gateway' });
      return { status: 'rejected', eventId, error } as const;
    }
    const status = input.anonymousId === 'again' ? 'duplicate' : 'accepted';
    const position = { stream: 'user-activity', partition: 1, offset: 7n } as const;
    return { status, eventId, position } as const;
  };
  const client = {
    publish: (events: readonly EventInput[]) => {
      published.push(events);
      return Promise.resolve(events.map(takes));
    },
    close: vi.fn(() => Promise.resolve({ undelivered: 0, kept: false })),
    stats: () => ({ queuedEvents: 0 }) as ReturnType<ByteBasket['stats']>,
  };
  const input = typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin;
  return { context: cliContext({ stdin: input, client }), published, client };
}

describe('publish', () => {
  test('answers one line per event, in order, and fails when one was not taken', async () => {
    const lines = [event('a'), 'nope', '', event('bad'), event('again')];
    const { context, published } = world(`${lines.join('\r\n')}\n`);
    await publish(context, { json: false });
    expect(context.stdout.lines()).toEqual([
      '1: made accepted at user-activity/1/7',
      expect.stringMatching(/^2: rejected: is not JSON \(.*\): one object a line is needed$/),
      '4: rejected (FIELD_INVALID): no',
      '5: made duplicate at user-activity/1/7',
    ]);
    expect(context.exitCode()).toBe(1);
    expect(published).toHaveLength(1);
  });

  test('tells field and reason in JSON', async () => {
    const { context } = world(event('bad'));
    await publish(context, { json: true });
    expect(JSON.parse(context.stdout.text())).toEqual({
      ...{ line: 1, status: 'rejected', eventId: 'made', reason: 'FIELD_INVALID' },
      ...{ field: 'anonymous_id', message: 'no' },
    });
  });

  test('duplicates are no failure; ids and times that were given are kept', async () => {
    const eventId = '01971f3e-0000-7000-8000-000000000000';
    const { context, published } = world(
      event('again', { event_id: eventId, occur_time: '2024-01-01T00:00:00Z' }),
    );
    await publish(context, { json: false });
    expect(context.exitCode()).toBe(0);
    expect(published[0]?.[0]).toMatchObject({ eventId, occurTime: new Date(Date.UTC(2024, 0, 1)) });
  });

  test('takes one array over any number of lines, also after blank ones', async () => {
    const array = `\n\n[\n${event('a')},\n5,\n${event('b')}]\n`;
    const { context } = world(array);
    await publish(context, { json: false });
    expect(context.stdout.lines()).toEqual([
      '1: made accepted at user-activity/1/7',
      '2: rejected: is not a JSON object: an event in proto JSON is needed',
      '3: made accepted at user-activity/1/7',
    ]);
  });

  test('an array that ends too early publishes nothing', async () => {
    const { context, published } = world(`[${event('a')},`);
    await expect(publish(context, { json: false })).rejects.toThrow(
      'the JSON array cannot be read',
    );
    expect(published).toEqual([]);
  });

  test.each([
    [{ productViewd: {} }, 'productViewd is not a field'],
    [{ productViewed: { product: { productID: 'p' } } }, 'productViewed.product.productID is not'],
    [{ productAdded: { quantity: 'two' } }, 'productAdded.quantity is "two"'],
    [{ pageViewed: {}, cartViewed: {} }, 'or there is more than one payload'],
    [{ occurTime: 'noon', pageViewed: {} }, 'has a value of the wrong kind'],
    [{}, 'payload is missing'],
  ])('a slip of the pen is told, not dropped: %j', async (more, message) => {
    const { context, published } = world(JSON.stringify({ anonymousId: 'a', ...more }));
    await publish(context, { json: false });
    expect(context.stdout.text()).toContain(message);
    expect(published.flat()).toEqual([]);
  });

  test('sends 500 at a time', async () => {
    const { context, published } = world(`${event('a')}\n`.repeat(1_001));
    await publish(context, { json: false });
    expect(published.map((slice) => slice.length)).toEqual([500, 500, 1]);
    expect(context.stdout.lines()).toHaveLength(1_001);
  });

  test('answers an event of an open pipe without waiting for more', async () => {
    const stdin = new PassThrough();
    const { context } = world(stdin);
    const done = publish(context, { json: false });
    stdin.write(`${event('a')}\n`);
    await vi.waitFor(() => expect(context.stdout.lines()).toHaveLength(1));
    stdin.end(event('b'));
    await done;
    expect(context.stdout.lines()).toHaveLength(2);
  });

  test('a line of more than 1 MiB is refused and costs no more memory than an array may', async () => {
    const { context } = world(`${'x'.repeat((1 << 20) + 1)}\n${event('a')}\n`);
    await publish(context, { json: false });
    const [long, good] = context.stdout.lines();
    expect(long).toBe('1: rejected: has more than 1048576 characters: one object a line is needed');
    expect(good).toContain('accepted');
  });

  test('Ctrl-C ends it while it waits for input, with exit code 1', async () => {
    const { context, client } = world(new PassThrough());
    const done = publish(context, { json: false });
    await new Promise((resolve) => setImmediate(resolve));
    context.interrupt();
    await done;
    expect(context.exitCode()).toBe(1);
    expect(client.close).toHaveBeenCalledOnce();
  });
});
