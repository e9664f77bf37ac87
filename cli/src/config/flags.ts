import { type Command, Option } from 'commander';
import type { CliContext } from '../commands/context.js';
import { loadConfig, type LoadedConfig } from './load.js';
import { flagOf } from './setting.js';
import { SETTING_LIST, type SettingKey } from './settings.js';

/** Adds one flag per setting (or per named setting), and `--config`. Values stay text: the table checks them. */
export function addSettingOptions(command: Command, only?: readonly SettingKey[]): Command {
  command.addOption(
    new Option('--config <file>', 'settings file (BYTEBASKET_CONFIG; ./bytebasket.yml when there)'),
  );
  for (const { key, type, sentence } of SETTING_LIST) {
    if (only?.includes(key) === false) continue;
    const value = type === 'int' ? 'number' : type === 'timeZone' ? 'name' : type;
    command.addOption(new Option(`${flagOf(key)} <${value}>`, sentence));
  }
  return command;
}

/** Effective settings of a command that has `addSettingOptions`. */
export async function loadFromFlags(
  command: Command,
  { env, cwd }: Pick<CliContext, 'env' | 'cwd'>,
): Promise<LoadedConfig> {
  const given = command.opts<Record<string, string | undefined>>();
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const { key } of SETTING_LIST) {
    const value = given[new Option(flagOf(key)).attributeName()];
    if (value !== undefined) flags[key] = value;
  }
  return loadConfig({ flags, file: given['config'], env, cwd });
}
