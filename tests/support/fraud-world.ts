import { FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { FraudServiceDefinition } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { alertsFold } from '@bytebasket/server/fraud/alerts/fold';
import { openFraudService, type FraudServiceOptions } from '@bytebasket/server/fraud/service';
import { openUpdateHub } from '@bytebasket/server/gateway/watch/open-update-hub';
import type { UpdateHub } from '@bytebasket/server/gateway/watch/update-hub';
import type { Clock } from '@bytebasket/server/ports/clock';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import { INPUT_TOPICS, TOPICS } from '@bytebasket/server/ports/topics';
import type { FoldDefinition } from '@bytebasket/server/processor/fold';
import type { Channel, Client } from 'nice-grpc';
import { allTopics } from './all-topics.js';
import { openWorld, startProcessor, type RunningProcessor, type World } from './processor-world.js';
import { tempFolder } from './temp-folder.js';
import { detailedClients, ownChannel, testGateway, type TestGateway } from './test-gateway.js';

/** A data folder whose decisions become alerts, with FraudService in front of it. */
export interface FraudWorld extends World {
  readonly hub: UpdateHub;
  readonly gateway: TestGateway;
  readonly client: Client<typeof FraudServiceDefinition>;
  /** Appends decisions as the gateway does; the payments are called `p<number>`, the decisions `d-p<number>`. */
  decide(payments: readonly number[], partial?: Partial<Decision>): Promise<void>;
  /** One more client with a connection of its own. */
  connect(): { readonly client: Client<typeof FraudServiceDefinition>; close(): void };
  startProcessor(): void;
  stopProcessor(): Promise<void>;
}

export interface FraudWorldOptions extends Partial<
  Pick<FraudServiceOptions, 'score' | 'lookUpPayment' | 'publish' | 'limits' | 'derived'>
> {
  readonly clock?: Clock;
  /** Folds besides that of decisions; their tables are opened too. */
  readonly folds?: readonly FoldDefinition[];
  /** Bytes per partition of all topics; default unbounded. */
  readonly retentionBytes?: number;
  /** Wraps the log that the service appends to. */
  readonly wrap?: (log: EventLog) => EventLog;
}

/** Opens all of it, with a running processor. */
export async function openFraudWorld(options: FraudWorldOptions = {}): Promise<FraudWorld> {
  const folder = await tempFolder('fraud');
  const folds = [alertsFold(), ...(options.folds ?? [])];
  const tables = folds.flatMap((fold) => fold.tables);
  const world = await openWorld({ ...options, folder: folder.path, tables });
  const inputs = allTopics(world);
  const hub = await openUpdateHub({
    ...world,
    inputs,
    inputTopics: [...INPUT_TOPICS, TOPICS.fraudDecisions],
  });
  const service = openFraudService({
    score: () => Promise.reject(new Error('this test scores nothing')),
    lookUpPayment: async () => undefined,
    publish: () => Promise.reject(new Error('this test publishes nothing')),
    ...world,
    ...options,
    derived: options.wrap?.(world.derived) ?? world.derived,
    clock: options.clock ?? world.clock,
    hub,
  });
  const gateway = await testGateway([service.module]);
  const channels: Channel[] = [];
  let processor: RunningProcessor | undefined;
  const connect = () => {
    const channel = ownChannel(gateway.address);
    channels.push(channel);
    const client = detailedClients.create(FraudServiceDefinition, channel);
    return {
      client,
      close: () => {
        channel.close();
      },
    };
  };
  const fraudWorld: FraudWorld = {
    ...world,
    hub,
    gateway,
    client: connect().client,
    connect,
    decide: (payments, partial) => appendDecisions(world.derived, payments, partial),
    startProcessor() {
      processor = startProcessor({ ...world, inputs }, { folds });
    },
    async stopProcessor() {
      await processor?.stop();
      processor = undefined;
    },
    async close() {
      for (const channel of channels) channel.close();
      service.close();
      await gateway.drain(1_000);
      await fraudWorld.stopProcessor();
      await hub.close();
      await world.close();
      await folder.remove();
    },
  };
  fraudWorld.startProcessor();
  return fraudWorld;
}

/** Appends decisions that ask for a review, of ten users, to the partitions of their keys. */
export async function appendDecisions(
  derived: EventLog,
  payments: readonly number[],
  partial: Partial<Decision> = {},
): Promise<void> {
  const records = payments.map((payment) => {
    const value = Decision.create({
      decisionId: `d-p${payment}`,
      paymentId: `p${payment}`,
      action: DecisionAction.REVIEW,
      score: 70,
      userId: `u${payment % 10}`,
      anonymousId: `a${payment % 10}`,
      orderId: `o${payment}`,
      features: [{ name: 'cards_per_device_1h', value: { $case: 'number', value: 12 } }],
      ...partial,
    });
    const key = Buffer.from(value.userId === '' ? value.anonymousId : value.userId);
    return {
      partition: partitionOf(key, derived.partitions),
      key,
      value: FraudRecord.encode({ record: { $case: 'decision', value } }).finish(),
      headers: {},
    };
  });
  await derived.append(TOPICS.fraudDecisions, records);
}

/** The whole numbers from `from` to before `to`. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
