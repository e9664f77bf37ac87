import type { Command } from 'commander';
import { publish, type PublishOptions } from '../publish/publish.js';
import { addConnectionOptions, type CliContext } from './context.js';

/** `bytebasket publish`: events in proto JSON from stdin. */
export function registerPublish(program: Command, context: CliContext): void {
  const command = program
    .command('publish')
    .description(
      'publishes events in proto JSON from stdin, one object a line or one array; answers a line for each',
    )
    .option('--json', 'answers in JSON', false);
  addConnectionOptions(command).action(async (options: PublishOptions) => {
    await publish(context, options);
  });
}
