import { BatchMaker } from './harness/batches.js';
import { publishLoad, streamLoad, type LoadOptions, type LoadResult } from './harness/load.js';
import { startProduct } from './harness/product.js';
import type { Bench, BenchRow } from './harness/report.js';

interface Shape {
  readonly id: string;
  readonly goal: number | null;
  readonly unit: string;
  readonly transport: (options: LoadOptions) => Promise<LoadResult>;
  readonly eventsPerCall: number;
  readonly inFlight: number;
}

const EVENTS = 'events/CPU-s';
/** Until the gateway's code is compiled: so long at least, and so many calls unless the machine is too busy for them. */
const WARM_UP_SECONDS = 4;
const WARM_UP_CALLS = 10_000;
const WARM_UP_SECONDS_MAX = 20;
const SECONDS = 8;

const SHAPES: readonly Shape[] = [
  {
    id: 'ingest-batch-100',
    goal: 200_000,
    unit: EVENTS,
    transport: publishLoad,
    eventsPerCall: 100,
    inFlight: 16,
  },
  {
    id: 'ingest-stream-100',
    goal: 250_000,
    unit: EVENTS,
    transport: streamLoad,
    eventsPerCall: 100,
    inFlight: 16,
  },
  {
    id: 'ingest-single',
    goal: 6_000,
    unit: 'calls/CPU-s',
    transport: publishLoad,
    eventsPerCall: 1,
    inFlight: 64,
  },
  {
    id: 'ingest-batch-10',
    goal: null,
    unit: EVENTS,
    transport: publishLoad,
    eventsPerCall: 10,
    inFlight: 32,
  },
  {
    id: 'ingest-batch-500',
    goal: null,
    unit: EVENTS,
    transport: publishLoad,
    eventsPerCall: 500,
    inFlight: 8,
  },
];

async function warmUp(load: (seconds: number) => Promise<LoadResult>): Promise<void> {
  let { calls, seconds } = await load(WARM_UP_SECONDS);
  while (calls < WARM_UP_CALLS && seconds < WARM_UP_SECONDS_MAX) {
    const more = await load(1);
    calls += more.calls;
    seconds += more.seconds;
  }
}

/** Durable acknowledged ingest per CPU-second of the gateway process, which runs without a processor. */
async function measure(shape: Shape): Promise<BenchRow> {
  const product = await startProduct({ command: 'gateway' });
  try {
    const options = {
      endpoint: product.endpoint,
      maker: new BatchMaker(Date.now()),
      eventsPerCall: shape.eventsPerCall,
      inFlight: shape.inFlight,
    };
    await warmUp(async (seconds) => await shape.transport({ ...options, seconds }));
    const before = product.cpuSeconds();
    const load = await shape.transport({ ...options, seconds: SECONDS });
    const cpu = product.cpuSeconds() - before;
    return {
      id: shape.id,
      value: load.accepted / cpu,
      unit: shape.unit,
      goal: shape.goal,
      better: 'higher',
      detail: `${Math.round(load.accepted / load.seconds)} events/s, p50 ${load.p50Ms.toFixed(1)} p99 ${load.p99Ms.toFixed(1)} ms`,
    };
  } finally {
    await product.close();
  }
}

export const ingestBenches: readonly Bench[] = SHAPES.map((shape) => ({
  ids: [shape.id],
  title: `durable ingest, ${shape.eventsPerCall} per call, ${shape.inFlight} in flight`,
  run: async () => [await measure(shape)],
}));
