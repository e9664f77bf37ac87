import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { usageError } from '../output/cli-error.js';
import { didYouMean } from './did-you-mean.js';
import { envOf, flagOf, parseSetting, type Setting, type SettingValue } from './setting.js';
import {
  OTHER_ENV,
  SETTING_LIST,
  TEST_ENV_PREFIX,
  type Config,
  type SettingKey,
} from './settings.js';
import { readSettingsFile } from './settings-file.js';

/** The file that is read without being asked for, when it lies in the working folder. */
export const DEFAULT_FILE = 'bytebasket.yml';

export interface ConfigInput {
  /** Values of flags that were given, by setting. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  /** `--config`. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What relative paths of flags, environment and defaults start from; those in the file start from its folder. */
  readonly cwd: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from: `--port`, `BYTEBASKET_PORT`, `bytebasket.yml:3` or `default`. */
  readonly origins: Readonly<Record<SettingKey, string>>;
  /** The file that was read. */
  readonly file: string | undefined;
}

interface Found {
  readonly raw: unknown;
  readonly origin: string;
  readonly base: string;
}

/**
 * Effective settings: flags, then environment, then file, then defaults. An unknown key or a wrong value is a usage
 * error that names it and where it stands.
 */
export async function loadConfig(input: ConfigInput): Promise<LoadedConfig> {
  const file = await fileOf(input);
  const fromFile = file === undefined ? new Map<string, Found>() : await entriesOf(file);
  refuseUnknownEnv(input.env);
  const values: Partial<Record<SettingKey, SettingValue>> = {};
  const origins: Partial<Record<SettingKey, string>> = {};
  for (const setting of SETTING_LIST) {
    const found = find(setting, input, fromFile);
    values[setting.key] = valueOf(setting, found, input.cwd);
    origins[setting.key] = found?.origin ?? 'default';
  }
  const config = values as Config;
  refuseConflicts(config);
  return { config, origins: origins as Record<SettingKey, string>, file };
}

function find(
  setting: Setting & { readonly key: SettingKey },
  { flags, env, cwd }: ConfigInput,
  fromFile: ReadonlyMap<string, Found>,
): Found | undefined {
  const flag = flags[setting.key];
  if (flag !== undefined) return { raw: flag, origin: flagOf(setting.key), base: cwd };
  const name = envOf(setting.key);
  // Set but empty means not set: that is how shells and container files take a variable back.
  if (env[name]) return { raw: env[name], origin: name, base: cwd };
  return fromFile.get(setting.key);
}

function valueOf(setting: Setting, found: Found | undefined, cwd: string): SettingValue {
  if (found === undefined) {
    return setting.type === 'path' && typeof setting.default === 'string'
      ? resolve(cwd, setting.default)
      : setting.default;
  }
  const parsed = parseSetting(setting, found.raw);
  if ('problem' in parsed) {
    throw usageError(`${setting.key} ${parsed.problem} (from ${found.origin})`);
  }
  return setting.type === 'path' && typeof parsed.value === 'string'
    ? resolve(found.base, parsed.value)
    : parsed.value;
}

async function fileOf({ file, env, cwd }: ConfigInput): Promise<string | undefined> {
  const named = file ?? (env['BYTEBASKET_CONFIG'] || undefined);
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, DEFAULT_FILE);
  return access(usual).then(
    () => usual,
    () => undefined,
  );
}

async function entriesOf(path: string): Promise<ReadonlyMap<string, Found>> {
  const known: readonly string[] = SETTING_LIST.map(({ key }) => key);
  const found = new Map<string, Found>();
  for (const { key, raw, line } of await readSettingsFile(path)) {
    const origin = `${path}:${line}`;
    if (!known.includes(key)) throw unknown('setting', key, { known, origin });
    found.set(key, { raw, origin, base: dirname(path) });
  }
  return found;
}

function refuseUnknownEnv(env: ConfigInput['env']): void {
  const known = [...SETTING_LIST.map(({ key }) => envOf(key)), ...Object.keys(OTHER_ENV)];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('BYTEBASKET_') || name.startsWith(TEST_ENV_PREFIX)) continue;
    if (known.includes(name)) continue;
    throw unknown('variable', name, { known, origin: 'the environment' });
  }
}

function unknown(
  what: string,
  name: string,
  { known, origin }: { readonly known: readonly string[]; readonly origin: string },
): Error {
  const close = didYouMean(name, known);
  return usageError(
    `unknown ${what} '${name}' in ${origin}`,
    close === undefined
      ? 'Run `bytebasket config` for the list of settings.'
      : `Did you mean '${close}'?`,
  );
}

function refuseConflicts(config: Config): void {
  if ((config['tls.certFile'] === undefined) !== (config['tls.keyFile'] === undefined)) {
    const [have, lack] =
      config['tls.certFile'] === undefined
        ? ['tls.keyFile', 'tls.certFile']
        : ['tls.certFile', 'tls.keyFile'];
    throw usageError(`${have} is set but ${lack} is not`, 'Set both for TLS, or neither.');
  }
  if (config.port !== 0 && config.port === config.adminPort) {
    throw usageError(`port and adminPort are both ${config.port}`, 'Use two different ports.');
  }
}
