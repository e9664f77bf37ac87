import type { Command } from 'commander';
import { publish } from '../publish/publish.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';

/** `bytebasket publish`: events in proto JSON from stdin. */
export function registerPublish(program: Command, context: CliContext): void {
  const command = program
    .command('publish')
    .description(
      'publishes events in proto JSON from stdin, one object a line or one array; answers a line for each',
    )
    .option('--json', 'answers in JSON', false);
  addConnectionOptions(command).action(async (flags: ConnectionFlags & { json: boolean }) => {
    const client = await context.connect(flags);
    try {
      await publish(context, client, flags.json);
    } finally {
      await client.close();
    }
  });
}
