import { once } from 'node:events';
import { relative } from 'node:path';
import type { Command } from 'commander';
import type { Embedded } from '../embedded.js';
import { loadFromFlags } from '../config/flags.js';
import type { Config } from '../config/settings.js';
import { createLogger } from '../output/logger.js';
import type { CliContext } from './context.js';

export interface ServeFlags {
  readonly json?: boolean;
}

interface ServeOptions extends ServeFlags {
  readonly processor: boolean;
}

/** Runs the server until a signal, then drains it. Shared by `up` and `gateway`. */
export async function serve(
  command: Command,
  context: CliContext,
  { json, processor }: ServeOptions,
): Promise<void> {
  const { config } = await loadFromFlags(command, context);
  const logger = await createLogger(config.logLevel, context.stderr);
  // Loaded only after the settings are known to be right: a typo is told at once.
  const [{ startEmbedded }, { embeddedOptions }] = await Promise.all([
    import('../embedded.js'),
    import('../composition/embedded-options.js'),
  ]);
  const embedded = await startEmbedded({ ...embeddedOptions(config), processor, logger });
  try {
    await context.stdout.write(
      json === true ? announcement(embedded, processor) : greeting(embedded, config, context),
    );
    if (!context.signal.aborted) await once(context.signal, 'abort');
    logger.info({ drainMs: config.drainMs }, 'stopping: calls under way may finish');
  } finally {
    await embedded.close();
  }
  logger.info('stopped');
}

function announcement(embedded: Embedded, processor: boolean): string {
  const { endpoint, adminEndpoint: admin, dataFolder, timeZone } = embedded;
  const { pid } = process;
  return `${JSON.stringify({ endpoint, admin, dataFolder, timeZone, processor, pid })}\n`;
}

function greeting(embedded: Embedded, config: Config, { cwd }: CliContext): string {
  const { endpoint, adminEndpoint, dataFolder, timeZone, processor } = embedded;
  const tls = config['tls.certFile'] !== undefined;
  const lines = [
    '',
    'ByteBasket is running.',
    '',
    `  gRPC       ${endpoint} (${tls ? 'TLS' : 'plain text'}; ${accessSentence(config)})`,
    `  metrics    http://${adminEndpoint ?? ''}/metrics (Prometheus)`,
    processor
      ? `  processor  in a thread of its own, writes what changed every ${config.flushIntervalMs} ms`
      : '  processor  not here: nothing is derived from events',
    `  data       ${dataFolder} (days in ${timeZone})`,
    '',
    'Next, in another terminal:',
    '',
    ...nextSteps(embedded, { config, cwd, tls }).map((line) => `  ${line}`),
    '',
    'Stop with Ctrl-C: calls under way finish first.',
    '',
    '',
  ];
  return lines.join('\n');
}

function accessSentence(config: Config): string {
  if (config.keysFile !== undefined) return `API keys from ${config.keysFile}`;
  return 'no keys: this machine only, everybody on it may call';
}

interface NextOptions {
  readonly config: Config;
  readonly cwd: string;
  readonly tls: boolean;
}

/** Three commands to copy: send events, see metrics, call the API without our tools. */
function nextSteps({ endpoint }: Embedded, { config, cwd, tls }: NextOptions): readonly string[] {
  const { keysFile } = config;
  const at =
    endpoint === '127.0.0.1:50051' ? '' : ` --endpoint ${tls ? 'https://' : ''}${endpoint}`;
  const header = keysFile !== undefined ? ' -H "authorization: Bearer $BYTEBASKET_KEY"' : '';
  const curl = `${tls ? 'https' : 'http'}://${endpoint}`;
  const steps = [
    `npx bytebasket mock --rate 300 --fraud 0.05 --speed 20${at}   # a simulated shop`,
    `npx bytebasket replay FILE${at}`,
    `npx bytebasket watch metrics${at}   # or transactions, alerts`,
    `npx buf curl --protocol grpc${tls ? '' : ' --http2-prior-knowledge'}${header} ` +
      `${curl}/bytebasket.metrics.v1.MetricsService/ListMetrics`,
  ];
  if (keysFile === undefined) return steps;
  return [
    `npx bytebasket keys create shop --keys-file ${relative(cwd, keysFile)}   # then: export BYTEBASKET_KEY=…`,
    ...steps,
  ];
}
