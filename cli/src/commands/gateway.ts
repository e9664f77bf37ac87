import type { Command } from 'commander';
import { addSettingOptions } from '../config/flags.js';
import type { CliContext } from './context.js';
import { serve, type ServeFlags } from './serve.js';

/** `bytebasket gateway`: ingest and reads without the processor and the recommender; what is derived stands still meanwhile. */
export function registerGateway(program: Command, context: CliContext): void {
  const command = program
    .command('gateway')
    .description('runs the gateway alone: events are taken, nothing is derived from them')
    .option('--json', 'prints one JSON line (endpoint, admin, dataFolder, …) once it serves');
  addSettingOptions(command).action(async (flags: ServeFlags) => {
    await serve(command, context, { ...flags, processor: false });
  });
}
