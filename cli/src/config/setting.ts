/** What a setting may hold. `bytes` also takes 512KiB, 64MiB, 4GiB; `path` is relative to where it was written. */
export type SettingType = 'text' | 'path' | 'int' | 'bytes' | 'choice' | 'timeZone';

/** The value of a setting; undefined is "not set". */
export type SettingValue = string | number | undefined;

/** One setting: all that flags, environment, file, `config --explain` and the README's table need to know. */
export interface Setting {
  /** Name in the file, dots for nesting. The flag and the environment variable follow from it. */
  readonly key: string;
  readonly type: SettingType;
  /** Unit of a number, as the table shows it. */
  readonly unit?: string;
  readonly default: SettingValue;
  /** Inclusive bounds of a number. */
  readonly min?: number;
  readonly max?: number;
  /** Values of a choice. */
  readonly choices?: readonly string[];
  /** True masks the value wherever settings are shown. */
  readonly secret?: boolean;
  /** What it does, one sentence. */
  readonly sentence: string;
}

/** `retention.userActivity.bytesMax` → `BYTEBASKET_RETENTION_USER_ACTIVITY_BYTES_MAX`. */
export function envOf(key: string): string {
  return `BYTEBASKET_${words(key).join('_').toUpperCase()}`;
}

/** `shop.timeZone` → `--shop-time-zone`. */
export function flagOf(key: string): string {
  return `--${words(key).join('-')}`;
}

function words(key: string): string[] {
  return key
    .replaceAll('.', ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(' ');
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/**
 * Reads a value as text or as the file's YAML gave it. Returns the value, or a sentence that says what is wrong with it
 * (without the key, which the caller adds).
 */
export function parseSetting(
  setting: Setting,
  raw: unknown,
): { readonly value: SettingValue } | { readonly problem: string } {
  if (setting.type === 'int' || setting.type === 'bytes') return parseNumber(setting, raw);
  if (typeof raw !== 'string') return { problem: `is ${JSON.stringify(raw)}: use text` };
  if (raw === '') return { problem: 'is empty: leave it out instead' };
  if (setting.type === 'choice' && setting.choices?.includes(raw) !== true) {
    return { problem: `is '${raw}': use one of ${(setting.choices ?? []).join(', ')}` };
  }
  if (setting.type === 'timeZone' && !timeZoneKnown(raw)) {
    return { problem: `is '${raw}': use an IANA name such as UTC or Europe/Berlin` };
  }
  return { value: raw };
}

function parseNumber(
  setting: Setting,
  raw: unknown,
): { readonly value: number } | { readonly problem: string } {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
  const value = typeof raw === 'number' ? raw : numberOf(setting, raw);
  if (value !== undefined && Number.isSafeInteger(value) && value >= min && value <= max) {
    return { value };
  }
  const shown = typeof raw === 'string' ? `'${raw}'` : JSON.stringify(raw);
  const unit = setting.unit === undefined ? '' : ` (${setting.unit})`;
  return { problem: `is ${shown}: use a whole number from ${min} to ${max}${unit}` };
}

function numberOf(setting: Setting, raw: unknown): number | undefined {
  if (typeof raw !== 'string') return undefined;
  const pattern = setting.type === 'bytes' ? /^(-?\d+) ?([KMGT]iB|B)?$/ : /^(-?\d+)$/;
  const match = pattern.exec(raw.trim());
  if (match === null) return undefined;
  return Number(match[1]) * (BYTE_UNITS[match[2] ?? ''] ?? 1);
}

/** Whether this Node knows the time zone. */
export function timeZoneKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A value as the table and `--explain` show it. */
export function showSetting(setting: Setting, value: SettingValue): string {
  if (value === undefined) return 'not set';
  if (setting.secret === true) return '********';
  if (setting.type !== 'bytes' || typeof value !== 'number') return String(value);
  const unit = (['TiB', 'GiB', 'MiB', 'KiB'] as const).find(
    (name) => value > 0 && value % (BYTE_UNITS[name] ?? 1) === 0,
  );
  return unit === undefined ? String(value) : `${value / (BYTE_UNITS[unit] ?? 1)}${unit}`;
}
