// CPU of the metrics fold per event, decoding included, and what a flush of 100 ms writes.
// node --import tsx --conditions=@bytebasket/source bench/metrics/fold-cost.ts [events per second of one partition]
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { leanDecoder } from '@bytebasket/server/metrics/event/lean-decoder';
import { metricsFold } from '@bytebasket/server/metrics/fold';
import type { FoldInput } from '@bytebasket/server/processor/fold';
import { activityEvents } from './event-mix.js';

const EVENTS = 300_000;
const perSecond = Number(process.argv[2] ?? '10000');
const fromMs = Date.UTC(2026, 10, 23, 10);
const source = { topic: 'user-activity', partition: 0 };
const events = activityEvents(EVENTS, {
  seed: 1,
  fromMs,
  perMs: perSecond / 1_000,
  sessions: 20_000,
});
const perFlush = Math.max(1, Math.round(perSecond / 10));

const fold = metricsFold({ timeZone: 'Europe/Berlin' }).open(source, new Map());
let flushes = 0;
let rows = 0;
const byTable = new Map<string, number>();
const cpu = { generated: 0, lean: 0, apply: 0, flush: 0, chunks: 0 };

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function timed(part: keyof typeof cpu, work: () => void): void {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  cpu[part] += used.user + used.system;
}

const lean = leanDecoder();

for (const part of ['generated', 'lean'] as const) {
  timed(part, () => {
    const decode = part === 'lean' ? lean : Event.decode;
    for (const event of events) decode(event);
  });
}

for (let start = 0; start < EVENTS; start += perFlush) {
  const batch = events.slice(start, start + perFlush).map((value, index): FoldInput => {
    const appendMs = Math.floor(fromMs + (start + index) / (perSecond / 1_000)) + 5;
    return {
      source,
      record: { offset: start + index, appendMs, key: new Uint8Array(0), value, headers: {} },
      decode: (decoder) => decoder(value),
      writeTime: appendMs * 1_000,
    };
  });
  timed('apply', () => {
    for (const input of batch) fold.apply(input);
  });
  timed('flush', () => {
    const changed = fold.changedRows();
    rows += changed.length;
    for (const row of changed) byTable.set(row.table, (byTable.get(row.table) ?? 0) + 1);
  });
  flushes += 1;
  if (flushes % 50 === 0) timed('chunks', () => void fold.changedChunks());
}

print(
  `decode   ${(cpu.lean / EVENTS).toFixed(2)} us an event, generated ${(cpu.generated / EVENTS).toFixed(2)}`,
);
print(`apply    ${(cpu.apply / EVENTS).toFixed(2)} us an event`);
print(
  `rows     ${(cpu.flush / EVENTS).toFixed(2)} us an event, ${Math.round(rows / flushes)} rows a flush`,
);
print(`chunks   ${(cpu.chunks / EVENTS).toFixed(2)} us an event (a snapshot each 5 s)`);
for (const [table, count] of byTable) print(`  ${table} ${(count / flushes).toFixed(1)}`);
