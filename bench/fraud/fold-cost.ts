// CPU of the fold behind fraud features, per event, and what flushes and snapshots write.
// node --import tsx --conditions=@bytebasket/source bench/fraud/fold-cost.ts [events per second of one partition]
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { fraudFeaturesFold } from '@bytebasket/server/fraud/features/fold';
import type { FoldInput } from '@bytebasket/server/processor/fold';
import { activityEvents } from '../metrics/event-mix.js';

const EVENTS = 300_000;
const PAYMENTS = 50_000;
const perSecond = Number(process.argv[2] ?? '10000');
const fromMs = Date.UTC(2026, 10, 23, 10);

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Payments of 12,000 people with a card and a device each, over addresses and networks that some share. */
function payments(): Uint8Array[] {
  return Array.from({ length: PAYMENTS }, (_, index) => {
    const user = (index * 7_919) % 12_000;
    const payment = {
      paymentId: `pay-${index}`,
      amount: { currencyCode: 'EUR', units: BigInt((index % 90) + 1), nanos: 0 },
      card: { fingerprint: `card-${user}`, country: 'DE' },
      shippingAddress: { fingerprint: `address-${user % 9_000}`, country: 'DE' },
    };
    const event = Event.fromPartial({
      anonymousId: `device-${user}`,
      userId: `user-${user}`,
      occurTime: new Date(fromMs + index),
      context: { ip: `198.51.${user % 100}.${user % 60}`, country: 'DE' },
      payload: { $case: 'paymentAttempted', value: payment },
    });
    return Buffer.from(Event.encode(event).finish());
  });
}

function measure(topic: string, events: readonly Uint8Array[], rate: number): void {
  const source = { topic, partition: 0 };
  const fold = fraudFeaturesFold().open(source, new Map());
  const perFlush = Math.max(1, Math.round(rate / 10));
  const cpu = { apply: 0, flush: 0, chunks: 0 };
  let rows = 0;
  let chunkBytes = 0;
  let snapshots = 0;
  let flushes = 0;
  const timed = (part: keyof typeof cpu, work: () => void): void => {
    const before = process.cpuUsage();
    work();
    const used = process.cpuUsage(before);
    cpu[part] += used.user + used.system;
  };
  for (let start = 0; start < events.length; start += perFlush) {
    const batch = events.slice(start, start + perFlush).map((value, index): FoldInput => {
      const appendMs = Math.floor(fromMs + ((start + index) / rate) * 1_000) + 5;
      return {
        source,
        record: { offset: start + index, appendMs, key: new Uint8Array(0), value, headers: {} },
        decode: (decoder) => decoder(value),
        writeTime: appendMs * 1_000,
      };
    });
    timed('apply', () => {
      for (const input of batch) fold.apply(input);
      fold.takePending();
    });
    timed('flush', () => {
      rows += fold.changedRows().length;
    });
    flushes += 1;
    if (flushes % 20 !== 0) continue;
    timed('chunks', () => {
      for (const bytes of fold.changedChunks().values()) chunkBytes += bytes?.length ?? 0;
    });
    snapshots += 1;
  }
  const each = (us: number): string => (us / events.length).toFixed(2);
  const total = cpu.apply + cpu.flush + cpu.chunks;
  const perSnapshot = Math.round(chunkBytes / Math.max(1, snapshots) / 1_024);
  print(`${topic}: ${Math.round((events.length * 1e6) / total)} records a CPU-second`);
  print(`  apply ${each(cpu.apply)} us, rows ${each(cpu.flush)} us, chunks ${each(cpu.chunks)} us`);
  print(`  ${Math.round(rows / flushes)} rows a flush, ${perSnapshot} KiB a snapshot of 2 s`);
}

measure(
  'user-activity',
  activityEvents(EVENTS, { seed: 1, fromMs, perMs: perSecond / 1_000, sessions: 20_000 }),
  perSecond,
);
measure('transactions', payments(), perSecond / 20);
