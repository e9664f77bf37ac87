import { startEmbedded } from '@bytebasket/cli/embedded';
import { DEFAULT_RETENTION } from '../../cli/src/composition/topic-declarations.js';
import { createByteBasket } from '@bytebasket/sdk';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readLog } from '../support/read-log.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const MAX_AGE_MS = 3_000;

describe('retention in the running product', () => {
  let folder: TempFolder;
  beforeEach(async () => {
    folder = await tempFolder('expiry');
  });
  afterEach(() => folder.remove());

  test('frees records past their age, and keeps the younger ones readable', async () => {
    const lines: string[] = [];
    const server = await startEmbedded({
      dataFolder: folder.path,
      expireIntervalMs: 50,
      retention: { ...DEFAULT_RETENTION, userActivity: { maxAgeMs: MAX_AGE_MS } },
      logger: pino({ level: 'info' }, { write: (line) => lines.push(line) }),
    });
    const client = createByteBasket({ endpoint: server.endpoint, batch: { intervalMs: 0 } });
    const publish = async (anonymousId: string) => {
      const { delivered } = await client.track.pageViewed({}, { anonymousId });
      return (await delivered).eventId;
    };
    const freed = () => lines.filter((line) => line.includes('past their retention')).join('');
    try {
      const old = [await publish('a'), await publish('b')];
      await vi.waitFor(() => expect(freed()).not.toBe(''), { timeout: 10_000, interval: 20 });
      const young = [await publish('a'), await publish('c')];
      // An expiry that would take everything has many turns before the young ones are old.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await client.close();
      await server.close();
      const left = (await readLog(folder.path)).map(({ eventId }) => eventId);
      expect(left.sort()).toEqual(young.sort());
      expect(left).not.toEqual(expect.arrayContaining(old));
    } finally {
      await client.close();
      await server.close();
    }
  });
});
