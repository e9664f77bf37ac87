import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../cli/bin/bytebasket.cjs', import.meta.url));

/** The product as a child process with a data folder of its own. */
export interface Product {
  readonly endpoint: string;
  readonly adminEndpoint: string;
  readonly folder: string;
  readonly child: ChildProcess;
  /** Milliseconds from spawning to the announced endpoint. */
  readonly readyMs: number;
  /** CPU seconds (user + system) used by the process so far. */
  cpuSeconds(): number;
  /** Resident memory in MiB. */
  rssMiB(): number;
  /** Sum of all samples of a metric whose labels contain every given text. */
  metric(name: string, ...labels: readonly string[]): Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Stops it; removes the folder unless it is to be kept. */
  close(options?: { keep?: boolean }): Promise<void>;
}

export interface ProductOptions {
  readonly command: 'up' | 'gateway';
  /** An existing data folder; default a new temporary one. */
  readonly folder?: string;
  /** Default a free one. */
  readonly port?: number;
  readonly args?: readonly string[];
}

const TICKS_PER_SECOND = 100;

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function rssMiBOf(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? Number.NaN) / 1024;
}

/** Waits for the one JSON line that `--json` prints when everything runs. */
async function announcement(child: ChildProcess): Promise<{ endpoint: string; admin: string }> {
  return await new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const line = text.split('\n').find((l) => l.startsWith('{') && l.endsWith('}'));
      if (line !== undefined) resolve(JSON.parse(line) as { endpoint: string; admin: string });
    });
    child.once('exit', (code) => {
      reject(new Error(`the product ended with code ${String(code)} before it was ready: ${text}`));
    });
  });
}

export async function startProduct(options: ProductOptions): Promise<Product> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'bytebasket-bench-'));
  const started = performance.now();
  const child = spawn(
    process.execPath,
    [
      ...[
        MAIN,
        options.command,
        '--data-folder',
        folder,
        '--port',
        String(options.port ?? 0),
        '--admin-port',
        '0',
      ],
      ...['--log-level', 'error', '--json', ...(options.args ?? [])],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { endpoint, admin } = await announcement(child);
  const readyMs = performance.now() - started;
  const pid = child.pid ?? 0;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const kill = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  return {
    endpoint,
    adminEndpoint: admin,
    folder,
    child,
    readyMs,
    cpuSeconds: () => cpuSecondsOf(pid),
    rssMiB: () => rssMiBOf(pid),
    metric: async (name, ...labels) => await scrape(admin, name, labels),
    kill,
    close: async ({ keep = false } = {}) => {
      await kill('SIGTERM');
      if (!keep) rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function scrape(admin: string, name: string, labels: readonly string[]): Promise<number> {
  const text = await (await fetch(`http://${admin}/metrics`)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(`${name}{`) && !line.startsWith(`${name} `)) continue;
    if (labels.every((label) => line.includes(label))) sum += Number(line.split(' ').at(-1));
  }
  return sum;
}
