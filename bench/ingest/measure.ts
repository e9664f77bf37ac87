// Work per CPU-second of ingest alone: node --import tsx --conditions=@bytebasket/source bench/ingest/measure.ts [shape …]
// With PROFILE=folder the gateway process writes a CPU profile there; with TMPDIR=/dev/shm the disk plays no part.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { BatchMaker } from '../harness/batches.js';
import { publishLoad, streamLoad } from '../harness/load.js';

const SHAPES = {
  batch: { load: publishLoad, eventsPerCall: 100, inFlight: 16 },
  stream: { load: streamLoad, eventsPerCall: 100, inFlight: 16 },
  single: { load: publishLoad, eventsPerCall: 1, inFlight: 64 },
  batch500: { load: publishLoad, eventsPerCall: 500, inFlight: 8 },
} as const;

/** The code is compiled by then. */
const WARM_UP_CALLS = 6_000;
const SECONDS = Number(process.env['SECONDS'] ?? 6);

interface Usage {
  readonly cpuSeconds: number;
  readonly rss: number;
  readonly accepted: number;
}

async function ask(child: ChildProcess, question: string): Promise<Usage> {
  const answer = once(child, 'message');
  child.send(question);
  const [usage] = (await answer) as [Usage];
  return usage;
}

async function measure(name: keyof typeof SHAPES): Promise<void> {
  const { load, eventsPerCall, inFlight } = SHAPES[name];
  const profile = process.env['PROFILE'];
  const child = fork(fileURLToPath(new URL('serve.ts', import.meta.url)), {
    execArgv: [
      ...process.execArgv,
      ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const options = {
    endpoint: `127.0.0.1:${port}`,
    maker: new BatchMaker(Date.now()),
    eventsPerCall,
    inFlight,
  };
  for (let calls = 0; calls < WARM_UP_CALLS;)
    calls += (await load({ ...options, seconds: 1 })).calls;
  const before = await ask(child, 'cpu');
  const result = await load({ ...options, seconds: SECONDS });
  const after = await ask(child, 'cpu');
  const cpu = after.cpuSeconds - before.cpuSeconds;
  const accepted = after.accepted - before.accepted;
  const row = {
    shape: name,
    eventsPerCpuSecond: Math.round(accepted / cpu),
    callsPerCpuSecond: Math.round(result.calls / cpu),
    eventsPerSecond: Math.round(accepted / result.seconds),
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    rssMb: Math.round(after.rss / 1e6),
  };
  process.stdout.write(`${JSON.stringify(row)}\n`);
  child.send('stop');
  await once(child, 'exit');
}

const chosen = process.argv.slice(2);
for (const name of Object.keys(SHAPES) as (keyof typeof SHAPES)[]) {
  if (chosen.length === 0 || chosen.includes(name)) await measure(name);
}
