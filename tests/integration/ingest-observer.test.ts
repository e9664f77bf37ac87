import { openLmdbEventLog } from '@bytebasket/server/adapters/lmdb/event-log';
import { openIngest } from '@bytebasket/server/ingest/ingest';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { AdminServiceDefinition } from '@bytebasket/proto/gen/bytebasket/admin/v1/admin_service';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { describe, expect, test } from 'vitest';
import { START_MS, view } from '../support/ingest-world.js';
import { manualClock } from '../support/manual-clock.js';
import { tempFolder } from '../support/temp-folder.js';
import { detailedClients, ownChannel, testGateway } from '../support/test-gateway.js';

describe('the observer of ingest', () => {
  test('hears of the events and bytes that became durable, not of the whole request', async () => {
    const folder = await tempFolder('ingest-observer');
    const clock = manualClock(START_MS);
    const topics = ['user-activity', 'transactions', 'dead-letters'].map((name) => ({
      name,
      retention: {},
    }));
    const log = await openLmdbEventLog({ folder: folder.path, topics, clock });
    const heard: unknown[] = [];
    const ingest = await openIngest({
      log,
      clock,
      observe: {
        accepted: (events, bytes) => heard.push({ accepted: events, bytes }),
        duplicate: (events) => heard.push({ duplicate: events }),
        rejected: (reason) => heard.push({ rejected: ErrorReason[reason] }),
      },
    });
    const gateway = await testGateway(ingest.modules, { level: 'fatal' });
    const channel = ownChannel(gateway.address);
    const client = detailedClients.create(IngestServiceDefinition, channel);

    await client.publish({ events: [view(1)] });
    const bad = view(4, { anonymousId: 'not an id' });
    await client.publish({ clientId: 'web-1', events: [view(1), view(2), view(3), bad] });
    const size = (n: number): number => Event.encode(view(n)).finish().length;
    const expected = [
      { accepted: 1, bytes: size(1) },
      { accepted: 2, bytes: size(2) + size(3) },
      { duplicate: 1 },
      { rejected: 'FIELD_INVALID' },
    ];
    expect(heard).toEqual(expected);

    const admin = detailedClients.create(AdminServiceDefinition, channel);
    const { deadLetters } = await admin.listDeadLetters({});
    const positions = deadLetters.flatMap(({ position }) => position ?? []);
    const patches = [{ field: 'anonymous_id', jsonValue: '"device-4"' }];
    const tried = await admin.repairDeadLetters({ positions, patches, dryRun: true });
    expect(tried.outcomes).toHaveLength(1);
    expect(heard).toEqual(expected);

    channel.close();
    await gateway.drain(1_000);
    await ingest.close();
    await log.close();
    await folder.remove();
  });
});
