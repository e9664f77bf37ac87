import {
  AccessDeniedError,
  ByteBasketError,
  type Metrics,
  type MetricPoint,
  type MetricUpdate,
} from '@bytebasket/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cliContext, type ContextOptions } from '../../../tests/support/cli-context.js';
import { watchMetrics, type WatchMetricsOptions } from './watch-metrics.js';

const OPTIONS: WatchMetricsOptions = {
  ...{ metrics: ['orders'], resolution: 'minute', values: [], json: false, once: false },
};
const TERMINAL = { terminal: true, columns: 60, rows: 10 };

function value(count: number, split = ''): MetricUpdate {
  const startMs = Math.floor(Date.now() / 60_000) * 60_000;
  const point: MetricPoint = {
    ...{ metric: 'orders', resolution: 'minute', dimensionValue: split, approximate: false },
    ...{ startTime: new Date(startMs), endTime: new Date(startMs + 60_000) },
    value: { kind: 'count', count },
  };
  return { type: 'value', point };
}
const snapshot: MetricUpdate = { type: 'snapshot', watermarkTime: undefined };
const broken = (attempt: number, message = 'gone'): MetricUpdate => {
  return { type: 'reconnecting', error: new Error(message), attempt, delayMs: 3 };
};

/** A client whose watch gives what the script does. */
function world(
  script: (signal: AbortSignal) => AsyncGenerator<MetricUpdate>,
  options: ContextOptions = {},
) {
  const asked: Parameters<Metrics['watch']>[0][] = [];
  const watch: Metrics['watch'] = (query) => {
    asked.push(query);
    return script(query.signal ?? new AbortController().signal);
  };
  const list = () => Promise.resolve([{ metric: 'orders' }, { metric: 'page_views' }]);
  const close = vi.fn(() => Promise.resolve({ undelivered: 0, kept: false }));
  const metrics = { watch, list } as unknown as Metrics;
  const context = cliContext({ ...options, client: { metrics, close } });
  return { context, asked, close };
}

describe('watch metrics', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('--json --once prints a line per point of the current windows and ends', async () => {
    const { context, asked, close } = world(async function* () {
      yield value(3);
      yield snapshot;
      yield value(4);
    });
    await watchMetrics(context, { ...OPTIONS, json: true, once: true });
    expect(context.stdout.lines().map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ metric: 'orders', value: { kind: 'count', count: 3 } }),
    ]);
    expect(asked[0]?.startTime).toBeUndefined();
    expect(close).toHaveBeenCalledOnce();
  });

  test('--once shows the board as plain text, with windows for the trend', async () => {
    const { context, asked } = world(async function* () {
      yield value(3);
      yield snapshot;
    });
    await watchMetrics(context, { ...OPTIONS, once: true });
    expect(context.stdout.text()).toMatch(/^windows of 1 minute, .*\n\nmetric .*\norders +3 /);
    const ago = Date.now() - (asked[0]?.startTime?.getTime() ?? 0);
    expect(ago).toBeGreaterThanOrEqual(30 * 60_000);
    expect(ago).toBeLessThan(31 * 60_000);
  });

  test('without a terminal tells a break and its end once each, on stderr', async () => {
    const { context } = world(async function* () {
      yield value(1, 'D\u001bE');
      yield broken(1);
      yield broken(2);
      yield snapshot;
      yield value(2);
    });
    await watchMetrics(context, OPTIONS);
    expect(context.stdout.lines()).toEqual([
      expect.stringMatching(/^2\S+Z orders D\uFFFDE 1$/),
      expect.stringMatching(/^2\S+Z orders 2$/),
    ]);
    expect(context.stderr.lines()).toEqual(['connection lost, attempt 1 now', 'connected']);
  });

  test('the live board draws over itself and gives the terminal back at Ctrl-C', async () => {
    // In the middle of a minute: no window ends meanwhile.
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 2, 10, 30, 20) });
    const { context } = world(
      async function* (signal) {
        yield value(7, 'old');
        yield snapshot;
        await vi.advanceTimersByTimeAsync(300);
        yield broken(1);
        await vi.advanceTimersByTimeAsync(300);
        yield value(8, 'new');
        yield snapshot;
        await vi.advanceTimersByTimeAsync(300);
        context.interrupt();
        signal.throwIfAborted();
      },
      { screen: TERMINAL, env: { NO_COLOR: '1' } },
    );
    await watchMetrics(context, { ...OPTIONS, by: 'country' });
    const text = context.stdout.text();
    const frames = text.split('\u001b[?2026h\u001b[H').slice(1);
    const [live = '', lost = '', again = ''] = [frames[0], frames.at(-2), frames.at(-1)];
    expect(live).toContain('ByteBasket · 1 minute · live');
    expect(live).toMatch(/orders old +7/);
    expect(lost).toContain('connection lost, attempt 1 now');
    expect(lost).toMatch(/orders old +7/);
    expect(again).toMatch(/orders new +8/);
    expect(again).not.toContain('orders old');
    expect(text.startsWith('\u001b[?1049h')).toBe(true);
    expect(text.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
    expect(text).not.toContain('\u001b[2m');
    for (const frame of frames) expect(frame.split('\r\n').length).toBeLessThanOrEqual(10);
    expect(context.exitCode()).toBe(0);
  });

  test('gives up after 10 s without an answer, names the address and says why', async () => {
    vi.useFakeTimers();
    const { context } = world(async function* (signal) {
      yield broken(1, 'No connection. Last error: Error: connect ECONNREFUSED 127.0.0.1:50051');
      await vi.advanceTimersByTimeAsync(9_999);
      expect(signal.aborted).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      signal.throwIfAborted();
    });
    await expect(watchMetrics(context, OPTIONS)).rejects.toMatchObject({
      message: 'no server answers at 127.0.0.1:50051: connect ECONNREFUSED 127.0.0.1:50051',
      remedy: expect.stringContaining('npm start') as string,
      exitCode: 1,
    });
  });

  test('goes on for as long as it takes once a server answered', async () => {
    vi.useFakeTimers();
    const { context } = world(async function* () {
      yield snapshot;
      yield broken(1);
      await vi.advanceTimersByTimeAsync(3_600_000);
      yield value(5);
    });
    await watchMetrics(context, OPTIONS);
    expect(context.stdout.lines()).toHaveLength(1);
  });

  test('asks for newer windows when the connection breaks long after the start', async () => {
    vi.useFakeTimers();
    let opened = 0;
    const { context, asked } = world(
      async function* () {
        yield snapshot;
        if (opened++ > 0) return;
        await vi.advanceTimersByTimeAsync(61 * 10_000);
        yield broken(1);
      },
      { screen: TERMINAL },
    );
    await watchMetrics(context, { ...OPTIONS, resolution: '10s' });
    const [first, second] = asked.map(({ startTime }) => startTime?.getTime() ?? 0);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(61 * 10_000);
  });

  test('names the metric that was meant, and where a key comes from', async () => {
    const facts = {
      code: 'NOT_FOUND',
      retryable: false,
      metadata: { metric: 'page_view' },
    } as const;
    const unknown = new ByteBasketError('no', { ...facts, reason: 'METRIC_UNKNOWN' });
    // eslint-disable-next-line require-yield -- it fails before its first update
    const one = world(async function* () {
      throw unknown;
    });
    await expect(watchMetrics(one.context, OPTIONS)).rejects.toMatchObject({
      message: "there is no metric 'page_view'",
      remedy: "Did you mean 'page_views'? There are orders, page_views.",
      exitCode: 2,
    });
    const denied = { ...facts, reason: 'KEY_INVALID', code: 'UNAUTHENTICATED' } as const;
    // eslint-disable-next-line require-yield -- it fails before its first update
    const two = world(async function* () {
      throw new AccessDeniedError('no such key', denied);
    });
    await expect(watchMetrics(two.context, OPTIONS)).rejects.toMatchObject({
      message: 'no such key',
      remedy: expect.stringContaining('BYTEBASKET_KEY') as string,
    });
  });
});
