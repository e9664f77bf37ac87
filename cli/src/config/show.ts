import { DEFAULT_ENDPOINT } from '../commands/context.js';
import type { LoadedConfig } from './load.js';
import { envOf, flagOf, showSetting, type Setting } from './setting.js';
import { SETTING_LIST } from './settings.js';

/** A setting as `config --explain` shows it. */
export interface ExplainedSetting {
  readonly key: string;
  readonly value: string;
  readonly origin: string;
  readonly sentence: string;
}

/** What client commands take from the environment, shown beside the settings of the server. */
const CLIENT_SETTINGS: readonly (Setting & { readonly env: string })[] = [
  {
    key: 'client endpoint',
    env: 'BYTEBASKET_ENDPOINT',
    type: 'text',
    default: DEFAULT_ENDPOINT,
    sentence: 'Server that client commands talk to.',
  },
  {
    key: 'client key',
    env: 'BYTEBASKET_KEY',
    type: 'text',
    default: undefined,
    secret: true,
    sentence: 'API key of client commands.',
  },
];

/** Every effective value and where it came from; secrets masked. */
export function explainConfig(
  { config, origins }: LoadedConfig,
  env: Readonly<Record<string, string | undefined>>,
): readonly ExplainedSetting[] {
  const server = SETTING_LIST.map((setting) => ({
    key: setting.key,
    value: showSetting(setting, config[setting.key]),
    origin: origins[setting.key],
    sentence: setting.sentence,
  }));
  const client = CLIENT_SETTINGS.map((setting) => ({
    key: setting.key,
    value: showSetting(setting, (env[setting.env] || undefined) ?? setting.default),
    origin: env[setting.env] ? setting.env : 'default',
    sentence: setting.sentence,
  }));
  return [...server, ...client];
}

/** The README's table of settings. */
export function configMarkdown(): string {
  const rows = SETTING_LIST.map((setting) => {
    const { key, default: value, sentence } = setting;
    const unit = setting.unit === undefined || setting.type === 'bytes' ? '' : ` ${setting.unit}`;
    const shown = value === undefined ? '–' : `\`${showSetting(setting, value)}\`${unit}`;
    return `| \`${key}\` | \`${flagOf(key)}\` | \`${envOf(key)}\` | ${shown} | ${sentence} |`;
  });
  return [
    '| setting | flag | variable | default | what it does |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
