import type { Retention } from '@bytebasket/server/ports/event-log';
import type { Config } from '../config/settings.js';
import type { EmbeddedOptions } from '../embedded.js';
import type { RetentionSettings } from './topic-declarations.js';

const HOUR_MS = 3_600_000;

/** What the settings mean for the server. */
export function embeddedOptions(config: Config): EmbeddedOptions {
  const certFile = config['tls.certFile'];
  const keyFile = config['tls.keyFile'];
  return {
    dataFolder: config.dataFolder,
    host: config.host,
    port: config.port,
    adminHost: config.adminHost,
    adminPort: config.adminPort,
    keysFile: config.keysFile,
    tls: certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile },
    timeZone: config['shop.timeZone'],
    retention: {
      userActivity: retention(config, 'userActivity'),
      transactions: retention(config, 'transactions'),
      deadLetters: retention(config, 'deadLetters'),
      fraudDecisions: retention(config, 'fraudDecisions'),
      updates: retention(config, 'updates'),
    },
    ingestLimits: {
      waitingEventsMax: config['ingest.waitingEventsMax'],
      waitingBytesMax: config['ingest.waitingBytesMax'],
      horizonRecords: config['ingest.duplicateHorizonRecords'],
      deadLetterBytesPerHour: config['deadLetters.bytesPerHourMax'],
    },
    rulesFile: config['fraud.rulesFile'],
    flushIntervalMs: config.flushIntervalMs,
    subscribersMax: config.subscribersMax,
    drainMs: config.drainMs,
  };
}

function retention(config: Config, topic: keyof RetentionSettings): Retention {
  const hours = config[`retention.${topic}.ageMaxHours`];
  return {
    maxAgeMs: hours === 0 ? undefined : hours * HOUR_MS,
    bytesMax: config[`retention.${topic}.bytesMax`],
  };
}
