import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Embedded, startEmbedded } from '@bytebasket/cli/embedded';
import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { LabelSource, LabelVerdict } from '@bytebasket/proto/gen/bytebasket/event/v1/label';
import { FraudServiceDefinition } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { IngestServiceDefinition } from '@bytebasket/proto/gen/bytebasket/ingest/v1/ingest_service';
import { Dimension } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { TransactionServiceDefinition } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { METHOD_SCOPES } from '@bytebasket/proto/options';
import { createKey, formatKeyFile } from '@bytebasket/server/gateway/access/key-file';
import { toServiceError } from '@bytebasket/server/gateway/error-mapping';
import { ERROR_TABLE } from '@bytebasket/server/gateway/error-table';
import { PortError } from '@bytebasket/server/ports/errors';
import { type Channel, Metadata, Status } from 'nice-grpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { view } from '../support/ingest-world.js';
import { type TempFolder, tempFolder } from '../support/temp-folder.js';
import {
  collect,
  detailedClients,
  type Failure,
  failureOf,
  ownChannel,
} from '../support/test-gateway.js';

type Name = keyof typeof ErrorReason;

const SERIES = [{ metric: 'events' }];
const EVENTS = [1, 2, 3, 4].map((n) => view(n));

let folder: TempFolder;
let product: Embedded;
let channel: Channel;
let full: Metadata;
let narrow: Metadata;

beforeAll(async () => {
  folder = await tempFolder('error-details');
  const nowMs = Date.now();
  const all = [...new Set(Object.values(METHOD_SCOPES))];
  const [may, mayNot] = [
    createKey({ client: 'shop', scopes: all, nowMs }),
    createKey({ client: 'shop', scopes: ['metrics:read'], nowMs }),
  ];
  const keysFile = join(folder.path, 'keys.json');
  writeFileSync(keysFile, formatKeyFile({ keys: [may.record, mayNot.record] }));
  full = Metadata({ authorization: `Bearer ${may.key}` });
  narrow = Metadata({ authorization: `Bearer ${mayNot.key}` });
  product = await startEmbedded({
    dataFolder: join(folder.path, 'data'),
    keysFile,
    processor: false,
    subscribersMax: 1,
    ingestLimits: { waitingEventsMax: 3 },
  });
  channel = ownChannel(product.endpoint);
});

afterAll(async () => {
  channel.close();
  await product.close();
  await folder.remove();
});

const granted = () => ({ metadata: full });
const transactions = () => detailedClients.create(TransactionServiceDefinition, channel);
const fraud = () => detailedClients.create(FraudServiceDefinition, channel);
const ingest = () => detailedClients.create(IngestServiceDefinition, channel);
const metrics = () => detailedClients.create(MetricsServiceDefinition, channel);
const query = (request: Parameters<ReturnType<typeof metrics>['queryMetrics']>[0]) =>
  metrics().queryMetrics({ series: SERIES, ...request }, { metadata: full });
const watch = (request: Parameters<ReturnType<typeof metrics>['watchMetrics']>[0]) =>
  collect(metrics().watchMetrics({ series: SERIES, ...request }, { metadata: full }));
const stream = (clientId: string) =>
  collect(
    ingest().publishStream(
      (async function* () {
        await Promise.resolve();
        yield { clientId, batchNumber: 1n, events: [view(1)] };
      })(),
      { metadata: full },
    ),
  );

/** Calls publish with bytes that are no message, or under a name that nobody serves. */
function spoilt(change: { readonly bytes?: Uint8Array; readonly name?: string }) {
  const { publish } = IngestServiceDefinition.methods;
  const requestType = {
    ...publish.requestType,
    encode: () => ({ finish: () => change.bytes ?? new Uint8Array() }),
  };
  const methods = { publish: { ...publish, name: change.name ?? publish.name, requestType } };
  const definition = {
    ...IngestServiceDefinition,
    methods,
  } as unknown as typeof IngestServiceDefinition;
  return detailedClients.create(definition, channel).publish({}, { metadata: full });
}

async function oneSubscriptionTooMany(): Promise<unknown> {
  const leave = new AbortController();
  const first = metrics().watchMetrics(
    { series: SERIES },
    { metadata: full, signal: leave.signal },
  );
  await first[Symbol.asyncIterator]().next();
  try {
    return await watch({});
  } finally {
    leave.abort();
  }
}

/** Every reason that a request alone can bring about, by a call that ends with it. */
const BY_REQUEST: readonly (readonly [Name, () => Promise<unknown>])[] = [
  ['FIELD_INVALID', () => query({ pageSize: -1 })],
  ['MALFORMED_MESSAGE', () => spoilt({ bytes: Uint8Array.of(0x0a, 0x7f) })],
  [
    'BATCH_TOO_LARGE',
    () => {
      const events = Array.from({ length: 501 }, (_, n) => view(n));
      return ingest().publish({ events }, { metadata: full });
    },
  ],
  ['GATEWAY_SATURATED', () => ingest().publish({ events: EVENTS }, { metadata: full })],
  ['KEY_INVALID', () => ingest().publish({})],
  ['SCOPE_MISSING', () => ingest().publish({}, { metadata: narrow })],
  [
    'CLIENT_ID_FOREIGN',
    () => ingest().publish({ clientId: 'web-2', events: [view(1)] }, { metadata: full }),
  ],
  ['CLIENT_ID_FOREIGN', () => stream('shopper')],
  ['METRIC_UNKNOWN', () => query({ series: [{ metric: 'nothing' }] })],
  [
    'DIMENSION_UNKNOWN',
    () => query({ series: [{ metric: 'visitors', dimension: Dimension.CATEGORY }] }),
  ],
  ['RANGE_TOO_LARGE', () => query({ startTime: new Date(0), endTime: new Date(1e12) })],
  ['PAGE_TOKEN_INVALID', () => query({ pageToken: 'AAAA' })],
  ['RESUME_TOKEN_INVALID', () => watch({ resumeToken: 'AAAA' })],
  ['TOO_MANY_SUBSCRIBERS', oneSubscriptionTooMany],
  ['METHOD_UNKNOWN', () => spoilt({ name: 'Unpublish' })],
  ['TRANSACTION_UNKNOWN', () => transactions().getTransaction({ transactionId: 'o-1' }, granted())],
  [
    'TRANSACTION_UNKNOWN_YET',
    () =>
      fraud().reportLabel(
        {
          transactionId: 'o-1',
          source: LabelSource.CHARGEBACK,
          verdict: LabelVerdict.FRAUD,
        },
        granted(),
      ),
  ],
  ['ALERT_UNKNOWN', () => fraud().getAlert({ alertId: 'd-1' }, granted())],
];

/** Reasons that come with the state of the server: made by the one place that makes them. */
const END = { cancelled: false, expiredAfterMs: undefined, draining: false };
const abort = () => Object.assign(new Error('aborted'), { name: 'AbortError' });
const BY_STATE: readonly (readonly [Name, () => ReturnType<typeof toServiceError>])[] = [
  ['GATEWAY_SATURATED', () => toServiceError(new PortError('Throttled', 'full'), END)],
  ['LOG_UNAVAILABLE', () => toServiceError(new PortError('Unavailable', 'away'), END)],
  ['SHUTTING_DOWN', () => toServiceError(abort(), { ...END, draining: true })],
  ['DEADLINE_EXCEEDED', () => toServiceError(abort(), { ...END, expiredAfterMs: 50 })],
  ['CANCELLED', () => toServiceError(abort(), { ...END, cancelled: true })],
  ['INTERNAL', () => toServiceError(new Error('bug'), END)],
];

/** Reasons of single events, batches of a stream or repairs: those carry a field and a message, but no ErrorInfo. */
const IN_ANSWERS: readonly Name[] = [
  'TEXT_NOT_UTF8',
  'PAYLOAD_UNKNOWN',
  'ORDER_TOTAL_MISMATCH',
  'REFUND_TOTAL_MISMATCH',
  'OCCUR_TIME_IN_FUTURE',
  'EVENT_ID_REUSED',
  'NOT_KEPT',
  'BATCH_OUT_OF_ORDER',
  'DEAD_LETTER_UNKNOWN',
];

/**
 * Need a reader that is too slow, an alert, a log that forgot or a recommender that starts: asserted in metrics-watch,
 * fraud-alerts, resumable-changes and recommendation-service.
 */
const ELSEWHERE: readonly Name[] = [
  'SUBSCRIBER_TOO_SLOW',
  'RESUME_TOKEN_EXPIRED',
  'ALERT_VERSION_STALE',
  'ALERT_TRANSITION_ILLEGAL',
  'OUTCOME_UNKNOWN',
  'RECOMMENDER_STARTING',
];

const rows = new Map(
  Object.entries(ERROR_TABLE).map(([reason, row]) => [ErrorReason[Number(reason)], row]),
);

describe('the details of an error', () => {
  test.each(BY_REQUEST)(
    '%s over the wire has the code, keys and delay of the table',
    async (name, call) => {
      const failure: Failure = await failureOf(call());
      const row = rows.get(name);
      expect(row).toBeDefined();
      expect([failure.reason, failure.code]).toEqual([name, Status[row?.code ?? Status.OK]]);
      expect(Object.keys(failure.metadata).toSorted()).toEqual(
        [...(row?.metadata ?? [])].toSorted(),
      );
      expect(failure.retryMs).toBe(row?.retryDelayMs);
    },
  );

  test.each(BY_STATE)('%s by the state of the server has the keys of the table', (name, make) => {
    const { reason, metadata } = make();
    expect(ErrorReason[reason]).toBe(name);
    expect(Object.keys(metadata)).toEqual(rows.get(name)?.metadata);
  });

  test('every reason of the table is among these, or travels inside an answer', () => {
    const seen = [...BY_REQUEST, ...BY_STATE].map(([name]) => name);
    const all = new Set<string | undefined>([...seen, ...IN_ANSWERS, ...ELSEWHERE]);
    expect([...rows.keys()].filter((name) => !all.has(name))).toEqual([]);
  });

  test('a key may use its own client and suffixes of it, in calls and streams', async () => {
    const request = { clientId: 'shop:web', events: [view(1)] };
    await expect(ingest().publish(request, { metadata: full })).resolves.toBeDefined();
    expect(await stream('shop')).toHaveLength(1);
  });
});
