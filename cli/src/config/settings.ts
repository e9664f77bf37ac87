import type { Setting } from './setting.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;

/**
 * Every setting of the server, once. Flags, environment variables, the file, `config --explain`, `config --markdown`
 * and the type `Config` come from this table.
 */
export const SETTINGS = {
  dataFolder: {
    type: 'path',
    default: 'data',
    sentence: 'Folder that holds everything; made when absent, used by one process at a time.',
  },
  host: {
    type: 'text',
    default: '127.0.0.1',
    sentence: 'Address to listen on; anything but loopback needs `keysFile`.',
  },
  port: {
    type: 'int',
    default: 50_051,
    max: 65_535,
    sentence: 'Port of the gRPC services; 0 takes a free one.',
  },
  adminHost: {
    type: 'text',
    default: '127.0.0.1',
    sentence: 'Address of the admin endpoint; it has no access control, so keep it private.',
  },
  adminPort: {
    type: 'int',
    default: 9_464,
    max: 65_535,
    sentence: 'Port of the admin endpoint (Prometheus metrics); 0 takes a free one.',
  },
  keysFile: {
    type: 'path',
    default: undefined,
    sentence: 'File of API keys, made by `bytebasket keys create`; without it everybody may call.',
  },
  'tls.certFile': {
    type: 'path',
    default: undefined,
    sentence: 'Certificate chain (PEM); read again when it changes; needs `tls.keyFile`.',
  },
  'tls.keyFile': {
    type: 'path',
    default: undefined,
    sentence: 'Private key of the certificate (PEM).',
  },
  'shop.timeZone': {
    type: 'timeZone',
    default: undefined,
    sentence: "Time zone of the shop's days; fixed when the data folder is made (then: UTC).",
  },
  'fraud.rulesFile': {
    type: 'path',
    default: undefined,
    sentence: 'YAML file of fraud rules; without it those in `config/rules/default.yml` decide.',
  },
  'retention.userActivity.ageMaxHours': {
    type: 'int',
    unit: 'hours',
    default: 30 * 24,
    max: 10 * 366 * 24,
    sentence: 'How long browsing and cart events are kept; 0 keeps for ever.',
  },
  'retention.userActivity.bytesMax': {
    type: 'bytes',
    unit: 'bytes per partition',
    default: 4 * GIB,
    min: MIB,
    sentence: 'Room for browsing and cart events in each of 4 partitions; the oldest go first.',
  },
  'retention.transactions.ageMaxHours': {
    type: 'int',
    unit: 'hours',
    default: 400 * 24,
    max: 10 * 366 * 24,
    sentence: 'How long orders, payments and refunds are kept; 0 keeps for ever.',
  },
  'retention.transactions.bytesMax': {
    type: 'bytes',
    unit: 'bytes per partition',
    default: 4 * GIB,
    min: MIB,
    sentence: 'Room for orders, payments and refunds in each of 4 partitions.',
  },
  'retention.deadLetters.ageMaxHours': {
    type: 'int',
    unit: 'hours',
    default: 30 * 24,
    max: 10 * 366 * 24,
    sentence: 'How long refused events are kept for repair; 0 keeps for ever.',
  },
  'retention.deadLetters.bytesMax': {
    type: 'bytes',
    unit: 'bytes per partition',
    default: 256 * MIB,
    min: MIB,
    sentence: 'Room for refused events in each of 4 partitions.',
  },
  'retention.fraudDecisions.ageMaxHours': {
    type: 'int',
    unit: 'hours',
    default: 400 * 24,
    max: 10 * 366 * 24,
    sentence: 'How long fraud decisions and actions on alerts are kept; 0 keeps for ever.',
  },
  'retention.fraudDecisions.bytesMax': {
    type: 'bytes',
    unit: 'bytes per partition',
    default: 1024 * MIB,
    min: MIB,
    sentence: 'Room for fraud decisions and actions on alerts in each of 4 partitions.',
  },
  'retention.updates.ageMaxHours': {
    type: 'int',
    unit: 'hours',
    default: 6,
    min: 1,
    max: 7 * 24,
    sentence: 'How long changed rows stay readable for subscriptions that resume.',
  },
  'retention.updates.bytesMax': {
    type: 'bytes',
    unit: 'bytes per partition',
    default: 256 * MIB,
    min: MIB,
    sentence: 'Room for changed rows in each of 4 partitions.',
  },
  'deadLetters.bytesPerHourMax': {
    type: 'bytes',
    unit: 'bytes',
    default: 16 * MIB,
    min: 64 * 1024,
    sentence: 'Refused events kept per hour; beyond it they are counted and answered NOT_KEPT.',
  },
  'ingest.waitingEventsMax': {
    type: 'int',
    unit: 'events',
    default: 20_000,
    min: 500,
    max: 1_000_000,
    sentence: 'Events that may wait for the disk; beyond it callers get RESOURCE_EXHAUSTED.',
  },
  'ingest.waitingBytesMax': {
    type: 'bytes',
    unit: 'bytes',
    default: 32 * MIB,
    min: 2 * MIB,
    max: GIB,
    sentence: 'Bytes of events that may wait for the disk.',
  },
  'ingest.duplicateHorizonRecords': {
    type: 'int',
    unit: 'records per partition',
    default: 2_500_000,
    min: 1_000,
    max: 50_000_000,
    sentence:
      'How far back a repeated event id is recognised; costs about 20 bytes of memory each.',
  },
  flushIntervalMs: {
    type: 'int',
    unit: 'ms',
    default: 100,
    min: 10,
    max: 10_000,
    sentence: 'How often the processor writes changed metrics; half of it is added to freshness.',
  },
  subscribersMax: {
    type: 'int',
    unit: 'streams',
    default: 1_000,
    min: 1,
    max: 100_000,
    sentence: 'Subscriptions served at the same time; beyond it callers get RESOURCE_EXHAUSTED.',
  },
  drainMs: {
    type: 'int',
    unit: 'ms',
    default: 10_000,
    max: 300_000,
    sentence: 'How long calls under way may go on after SIGTERM.',
  },
  logLevel: {
    type: 'choice',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    sentence: 'Least important log lines to write to stderr.',
  },
} as const satisfies Record<string, Omit<Setting, 'key'>>;

export type SettingKey = keyof typeof SETTINGS;

type ValueOf<S> = S extends { readonly type: 'int' | 'bytes' }
  ? number
  : S extends { readonly default: undefined }
    ? string | undefined
    : string;

/** The effective value of every setting, typed by the table. */
export type Config = { readonly [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> };

/** The table as a list. */
export const SETTING_LIST: readonly (Setting & { readonly key: SettingKey })[] = Object.entries(
  SETTINGS,
).map(([key, setting]) => ({ ...setting, key: key as SettingKey }));

/** Variables of the tests: `BYTEBASKET_TEST_LONG` and the like reach the server that a test starts. */
export const TEST_ENV_PREFIX = 'BYTEBASKET_TEST_';

/** Variables that are not settings of the server but belong to ByteBasket. */
export const OTHER_ENV: Readonly<Record<string, string>> = {
  BYTEBASKET_CONFIG: 'settings file, as --config',
  BYTEBASKET_ENDPOINT: 'server that client commands talk to',
  BYTEBASKET_KEY: 'API key of client commands',
  BYTEBASKET_CA_FILE: 'certificates that client commands trust',
  BYTEBASKET_DATA: 'folder of sample data sets that tests read',
  BYTEBASKET_SEED: 'seed of random tests',
};
