// A gateway with nothing but ingest, for profiles: no interceptors, no processor. Prints its port, answers CPU questions.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { openIngest } from '@bytebasket/server/ingest/ingest';
import type { CallExtension } from '@bytebasket/server/gateway/service-module';
import { createServer, type CallContext, type ServerMiddlewareCall } from 'nice-grpc';

const folder = await mkdtemp(join(tmpdir(), 'bytebasket-ingest-'));
const clock = systemClock();
const log = await openLmdbEventLog({
  folder,
  clock,
  topics: ['user-activity', 'transactions', 'dead-letters'].map((name) => ({
    name,
    retention: {},
  })),
});
let accepted = 0;
const ingest = await openIngest({
  log,
  clock,
  observe: {
    accepted(events) {
      accepted += events;
    },
  },
});
const caller = { clientId: 'bench', scopes: new Set<string>(), unrestricted: true };
const extension: CallExtension = { caller, deadlineMs: undefined };
const server = createServer().use(async function* extend<Request, Response>(
  call: ServerMiddlewareCall<Request, Response, CallExtension>,
  context: CallContext,
) {
  return yield* call.next(call.request, { ...context, ...extension });
});
for (const { definition, implementation } of ingest.modules) server.add(definition, implementation);
const port = await server.listen('127.0.0.1:0');
process.send?.({ port });
process.on('message', (question) => {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage();
    const rss = process.memoryUsage.rss();
    process.send?.({ cpuSeconds: (user + system) / 1e6, rss, accepted });
  } else if (question === 'stop') void stop();
});

async function stop(): Promise<void> {
  server.forceShutdown();
  await ingest.close();
  await log.close();
  await rm(folder, { recursive: true, force: true });
  process.disconnect();
}
