import { Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type {
  ImportedEvent,
  Importer,
  ImportPass,
  ImportSettings,
  NumberedRow,
} from './importer.js';
import type { Payload } from './payloads.js';
import { asId, needed, RowError, text, timeMs, type SourceRow } from './row.js';
import { objectOf } from './segment-order.js';
import { segmentPayload, type SegmentTools } from './segment-payloads.js';

function contextOf(row: SourceRow): Context {
  const context = objectOf(row['context']);
  const page = objectOf(context['page']);
  const campaign = objectOf(context['campaign']);
  const app = objectOf(context['app']);
  return Context.fromPartial({
    locale: text(context, 'locale') ?? '',
    ip: text(context, 'ip') ?? '',
    userAgent: (text(context, 'userAgent') ?? '').slice(0, 512),
    page: {
      path: text(page, 'path') ?? '',
      title: text(page, 'title') ?? '',
      referrer: text(page, 'referrer') ?? '',
    },
    campaign: {
      name: text(campaign, 'name') ?? '',
      source: text(campaign, 'source') ?? '',
      medium: text(campaign, 'medium') ?? '',
    },
    app: { name: text(app, 'name') ?? '', version: text(app, 'version') ?? '' },
  });
}

function payloadOf(row: SourceRow, tools: SegmentTools): Payload {
  const type = needed(row, 'type');
  const properties = objectOf(row['properties']);
  if (type === 'track') return segmentPayload(needed(row, 'event'), properties, tools);
  if (type === 'page' || type === 'screen') {
    return {
      $case: 'pageViewed',
      value: { category: text(row, 'category') ?? text(row, 'name') ?? '' },
    };
  }
  if (type === 'identify') {
    needed(row, 'userId');
    return { $case: 'userIdentified', value: { emailHash: '' } };
  }
  throw new RowError('type', `is ${type}: track, page, screen or identify is needed`);
}

function convert({ number, row }: NumberedRow, tools: SegmentTools): ImportedEvent {
  const user = text(row, 'userId');
  const visitor = text(row, 'anonymousId') ?? user;
  if (visitor === undefined)
    throw new RowError('anonymousId', 'is empty: anonymousId or userId is needed');
  const column = row['originalTimestamp'] === undefined ? 'timestamp' : 'originalTimestamp';
  return {
    source: `message ${text(row, 'messageId') ?? number}`,
    timeMs: timeMs(row, row['timestamp'] === undefined ? column : 'timestamp'),
    event: {
      anonymousId: asId(visitor),
      userId: user === undefined ? '' : asId(user),
      context: contextOf(row),
      payload: payloadOf(row, tools),
    },
  };
}

function open({ currency }: ImportSettings): ImportPass {
  let rebalanced = 0;
  const tools = {
    currency,
    rebalanced: () => {
      rebalanced++;
    },
  };
  return {
    row: (numbered) => [convert(numbered, tools)],
    end: () => [],
    notes: () =>
      rebalanced === 0
        ? []
        : [
            `${rebalanced} orders whose parts do not give their total: total kept, difference booked as shipping or discount`,
          ],
  };
}

/** Segment's JSON lines (track, page, screen, identify) with the v2 e-commerce events. */
export const segment: Importer = {
  name: 'segment',
  description: 'Segment JSON lines: track (v2 e-commerce), page, screen, identify',
  detect: (columns) =>
    columns.includes('type') &&
    (columns.includes('anonymousId') || columns.includes('userId')) &&
    (columns.includes('properties') || columns.includes('messageId') || columns.includes('traits')),
  open,
};
