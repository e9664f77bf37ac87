import type { Command } from 'commander';
import { addSettingOptions, loadFromFlags } from '../config/flags.js';
import { configMarkdown, explainConfig } from '../config/show.js';
import { textTable } from '../output/text-table.js';
import type { CliContext } from './context.js';

interface ConfigFlags {
  readonly explain?: boolean;
  readonly markdown?: boolean;
  readonly json?: boolean;
}

/** `bytebasket config`: what the settings are and where they come from. */
export function registerConfig(program: Command, context: CliContext): void {
  const command = program
    .command('config')
    .description('shows every setting: its value, where it came from and what it does')
    .option('--explain', 'values with their origin (the default)')
    .option('--markdown', "the README's table of all settings and defaults")
    .option('--json', 'values with their origin as JSON');
  addSettingOptions(command).action(async (flags: ConfigFlags) => {
    if (flags.markdown === true) {
      await context.stdout.write(configMarkdown());
      return;
    }
    const loaded = await loadFromFlags(command, context);
    const explained = explainConfig(loaded, context.env);
    if (flags.json === true) {
      await context.stdout.line(JSON.stringify({ file: loaded.file ?? null, settings: explained }));
      return;
    }
    await context.stdout.line(`settings file: ${loaded.file ?? 'none'}`);
    await context.stdout.line();
    await context.stdout.line(
      textTable([
        ['SETTING', 'VALUE', 'FROM'],
        ...explained.map(({ key, value, origin }) => [key, value, origin]),
      ]),
    );
  });
}
