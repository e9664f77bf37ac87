import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BatchMaker, probeRequest } from './harness/batches.js';
import { openClients, publish, publishLoad } from './harness/load.js';
import { startProduct } from './harness/product.js';
import type { Bench, BenchRow } from './harness/report.js';
import { followTotal, watch } from './harness/watch.js';
import { median } from './harness/stats.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** `npm start` on an installed, built clone: seconds to the first acknowledged event and its first metric. */
async function oneColdStart(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bytebasket-bench-'));
  const started = performance.now();
  const args = ['--data-folder', folder, '--port', '0', '--admin-port', '0', '--json'];
  const child = spawn('npm', ['start', '--silent', '--', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  try {
    const endpoint = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const line = text.split('\n').find((l) => l.startsWith('{') && l.endsWith('}'));
        if (line !== undefined) resolve((JSON.parse(line) as { endpoint: string }).endpoint);
      });
      child.once('exit', (code) =>
        reject(new Error(`npm start ended with ${String(code)}: ${text}`)),
      );
    });
    const [client] = openClients(endpoint, 1);
    if (client === undefined) throw new Error('no client');
    const arrived = new Promise<void>((resolve) => {
      followTotal(watch(client, ['cart_removes']), () => resolve());
    });
    await publish(client, probeRequest());
    await arrived;
    const seconds = (performance.now() - started) / 1000;
    client.close();
    return seconds;
  } finally {
    // The group that was started here: npm, its script and the product.
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, 'SIGTERM');
      await once(child, 'exit');
    }
    await delay(500);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

async function coldStart(log: (line: string) => void): Promise<readonly BenchRow[]> {
  const runs: number[] = [];
  for (let i = 0; i < 3; i++) runs.push(await oneColdStart());
  log(`runs: ${runs.map((s) => s.toFixed(2)).join(' ')} s`);
  return [
    {
      id: 'cold-start',
      value: median(runs),
      unit: 's',
      goal: 5,
      better: 'lower',
      detail: 'median of 3',
    },
  ];
}

/** Resident memory of the whole product 20 seconds after its start, without work. */
async function idleMemory(): Promise<readonly BenchRow[]> {
  const product = await startProduct({ command: 'up' });
  try {
    await delay(20_000);
    return [
      { id: 'idle-memory', value: product.rssMiB(), unit: 'MiB', goal: 300, better: 'lower' },
    ];
  } finally {
    await product.close();
  }
}

const RECOVERY_EVENTS = 10_000_000;

/** kill -9 under load with ten million events in the log: seconds until an event is accepted and counted again. */
async function recovery(log: (line: string) => void): Promise<readonly BenchRow[]> {
  const filler = await startProduct({ command: 'gateway' });
  const begun = performance.now();
  for (let filled = 0; filled < RECOVERY_EVENTS;) {
    const load = await publishLoad({
      endpoint: filler.endpoint,
      maker: new BatchMaker(Math.floor(Math.random() * 65_536)),
      eventsPerCall: 500,
      inFlight: 8,
      seconds: 10,
    });
    filled += load.accepted;
  }
  log(`filled in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  await filler.close({ keep: true });
  const first = await startProduct({ command: 'up', folder: filler.folder });
  // The gauge is 0 until the processor has read its snapshot.
  await delay(5_000);
  while ((await first.metric('bytebasket_processor_lag_records')) > 0) await delay(1_000);
  log('caught up');
  const maker = new BatchMaker(1);
  // The kill ends it with an error, which is the point.
  const load = publishLoad({
    endpoint: first.endpoint,
    maker,
    eventsPerCall: 100,
    inFlight: 8,
    seconds: 30,
    rate: 5_000,
  }).catch(() => undefined);
  await delay(8_000);
  await first.kill('SIGKILL');
  await load;
  const killed = performance.now();
  const again = await startProduct({ command: 'up', folder: filler.folder });
  const [client] = openClients(again.endpoint, 1);
  if (client === undefined) throw new Error('no client');
  try {
    const counted = new Promise<void>((resolve) => {
      followTotal(watch(client, ['cart_removes']), () => resolve());
    });
    await publish(client, probeRequest());
    const accepted = (performance.now() - killed) / 1000;
    await counted;
    const value = (performance.now() - killed) / 1000;
    const detail = `first event accepted after ${accepted.toFixed(2)} s, ${again.rssMiB().toFixed(0)} MiB`;
    return [{ id: 'recovery', value, unit: 's', goal: 8, better: 'lower', detail }];
  } finally {
    client.close();
    await again.close();
  }
}

export const lifeBenches: readonly Bench[] = [
  { ids: ['cold-start'], title: 'npm start to the first event and metric', run: coldStart },
  { ids: ['idle-memory'], title: 'the whole product idle', run: idleMemory },
  { ids: ['recovery'], title: `kill -9 with ${RECOVERY_EVENTS} events in the log`, run: recovery },
];
