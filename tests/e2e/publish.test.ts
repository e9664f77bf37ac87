import { join } from 'node:path';
import { Readable } from 'node:stream';
import { startEmbedded, type Embedded } from '@bytebasket/cli/embedded';
import { createEventIds } from '@bytebasket/sdk';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registerPublish } from '../../cli/src/commands/publish.js';
import { runCommand } from '../support/cli-context.js';
import { runCli } from '../support/cli-process.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

describe('bytebasket publish', () => {
  let folder: TempFolder;
  let server: Embedded;
  beforeAll(async () => {
    folder = await tempFolder('publish');
    server = await startEmbedded({ dataFolder: join(folder.path, 'data'), processor: false });
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });

  const publish = async (lines: readonly string[], ...args: readonly string[]) => {
    const stdin = Readable.from([lines.join('\n')]);
    const to = ['--endpoint', server.endpoint];
    return await runCommand(registerPublish, ['publish', ...to, ...args], { stdin });
  };
  const eventId = createEventIds()();
  const occurTime = new Date().toISOString();
  const view = {
    anonymousId: 'v-1',
    eventId,
    occurTime,
    productViewed: { product: { productId: 'p' } },
  };

  test('accepts an event once and tells the repeat apart, with the original position', async () => {
    const stdin = JSON.stringify(view);
    const first = await runCli(['publish', '--endpoint', server.endpoint], { stdin });
    expect([first.code, first.stderr]).toEqual([0, '']);
    const taken = new RegExp(`^1: ${eventId} accepted at (user-activity/\\d/0)\\n$`).exec(
      first.stdout,
    );
    expect(taken).not.toBeNull();
    const again = await publish([JSON.stringify(view)]);
    expect(again).toMatchObject({
      code: 0,
      stdout: `1: ${eventId} duplicate at ${taken?.[1] ?? ''}\n`,
    });
  });

  test('names field and reason of what the contract refuses, and what is no JSON', async () => {
    const price = { currencyCode: 'EUR', units: '-1' };
    const negative = { anonymousId: 'v-1', productViewed: { product: { productId: 'p', price } } };
    const other = { ...view, productViewed: { product: { productId: 'other' } } };
    const { code, stdout } = await publish(
      [
        '{"anonymousId":',
        JSON.stringify(negative),
        JSON.stringify(other),
        '{"anonymousId":"v-2","pageViewed":{}}',
      ],
      '--json',
    );
    expect(code).toBe(1);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(answers).toEqual([
      { line: 1, status: 'rejected', message: expect.stringContaining('is not JSON') as string },
      expect.objectContaining({
        ...{ line: 2, status: 'rejected', reason: 'FIELD_INVALID' },
        field: 'product_viewed.product.price',
      }),
      expect.objectContaining({ line: 3, status: 'rejected', reason: 'EVENT_ID_REUSED' }),
      expect.objectContaining({ line: 4, status: 'accepted' }),
    ]);
  });

  test('takes an array', async () => {
    const events = [1, 2, 3].map((at) => ({ anonymousId: `v-${at}`, cartViewed: {} }));
    const { code, stdout } = await publish([JSON.stringify(events, undefined, 2)]);
    expect(code).toBe(0);
    expect(stdout.match(/accepted at/g)).toHaveLength(3);
  });
});
