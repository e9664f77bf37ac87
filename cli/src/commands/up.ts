import type { Command } from 'commander';
import { addSettingOptions } from '../config/flags.js';
import type { CliContext } from './context.js';
import { serve, type ServeFlags } from './serve.js';

/** `bytebasket up`: everything in one process, as `npm start` runs it. */
export function registerUp(program: Command, context: CliContext): void {
  const command = program
    .command('up')
    .description('runs the gateway and the processor on one data folder')
    .option('--json', 'prints one JSON line (endpoint, admin, dataFolder, …) once it serves');
  addSettingOptions(command).action(async (flags: ServeFlags) => {
    await serve(command, context, { ...flags, processor: true });
  });
}
