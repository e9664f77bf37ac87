import { readFileSync } from 'node:fs';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { type Decision, DecisionOrigin } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { ScoreTransactionRequest } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { alertsFold } from '@bytebasket/server/fraud/alerts/fold';
import { decisionOf, readAlert } from '@bytebasket/server/fraud/alerts/read-alerts';
import { asksForPerson } from '@bytebasket/server/fraud/alerts/open-alert';
import { decideStage } from '@bytebasket/server/fraud/decide/decide-stage';
import { decisionIn } from '@bytebasket/server/fraud/decide/decision-record';
import { openScorer } from '@bytebasket/server/fraud/decide/scorer';
import { fraudFeaturesFold } from '@bytebasket/server/fraud/features/fold';
import { FRAUD_FEATURES_TABLE } from '@bytebasket/server/fraud/features/table';
import { compileRules } from '@bytebasket/server/fraud/rules/compile';
import { parseRuleSet } from '@bytebasket/server/fraud/rules/parse';
import { createInProcessScorer } from '@bytebasket/server/fraud/score/in-process-scorer';
import { openScoreTransaction } from '@bytebasket/server/fraud/score/score-transaction';
import { FRAUD_TABLES } from '@bytebasket/server/fraud/tables';
import { PortError } from '@bytebasket/server/ports/errors';
import type { EventLog } from '@bytebasket/server/ports/event-log';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '@bytebasket/server/processor/tables';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { allTopics } from '../support/all-topics.js';
import { caughtUp } from '../support/count-model.js';
import { eventually, openWorld, startProcessor, type World } from '../support/processor-world.js';
import { testSeed } from '../support/random.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { placeOf, type ShopEvent, shopEvents } from './fraud-shop.js';

const rules = compileRules(parseRuleSet(parse(readFileSync('config/rules/default.yml', 'utf8'))));
const TOPIC = 'fraud-decisions';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('fraud-decisions');
  const tables = [...FRAUD_TABLES, FRAUD_FEATURES_TABLE];
  world = await openWorld({ folder: folder.path, partitions: 1, tables });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

function processor() {
  const { tables, clock } = world;
  const decide = decideStage({ scorer: openScorer({ tables, rules, clock }), tables });
  const folds = [fraudFeaturesFold({ decide }), alertsFold()];
  return startProcessor({ ...world, inputs: allTopics(world) }, { folds });
}

async function processAll(): Promise<void> {
  const running = processor();
  await eventually('caught up', () => caughtUp(world.inputs, world.tables));
  await eventually('decisions folded', async () => {
    const row = await world.tables.get(PROGRESS_TABLE.name, [PROCESSOR_GROUP, TOPIC, 0]);
    const [bounds] = await world.derived.bounds(TOPIC);
    return (row?.cells['next_offset'] ?? 0) === bounds?.end;
  });
  await running.stop();
}

async function append(events: readonly ShopEvent[]): Promise<void> {
  for (const { event } of events) {
    const { topic, partition } = placeOf(event, 1);
    const value = Event.encode(event).finish();
    await world.inputs.append(topic, [{ partition, key: Buffer.from('k'), value, headers: {} }]);
  }
}

async function decisions(): Promise<Decision[]> {
  const found: Decision[] = [];
  for await (const records of world.derived.read(TOPIC, 0, { from: 0 })) {
    for (const record of records) found.push(decisionIn(record) ?? expect.fail('no decision'));
  }
  return found;
}

function payment(paymentId: string, decisionId = ''): ShopEvent {
  const event = Event.fromPartial({
    eventId: `event-${paymentId}`,
    anonymousId: 'device-1',
    userId: 'user-1',
    occurTime: new Date(),
    payload: {
      $case: 'paymentAttempted',
      value: { paymentId, decisionId, amount: { currencyCode: 'EUR', units: 20n } },
    },
  });
  return { event, appendMs: 0 };
}

function question(paymentId: string): ScoreTransactionRequest {
  return ScoreTransactionRequest.fromPartial({
    payment: { paymentId, amount: { currencyCode: 'EUR', units: 20n } },
    anonymousId: 'device-1',
    userId: 'user-1',
    sessionId: 'session-1',
  });
}

const open = (derived: EventLog = world.derived, inFlightMax?: number) =>
  openScoreTransaction({
    ...world,
    derived,
    inFlightMax,
    scorer: openScorer({ ...world, rules }),
  });

const valueOf = (decision: Decision, name: string): unknown =>
  decision.features.find((feature) => feature.name === name)?.value?.value;

describe('payments without a decision', () => {
  test('are decided once, over restarts, as the scorer in memory decides them', async () => {
    const seed = testSeed();
    const events = shopEvents(seed, 500).filter(
      ({ event }) => placeOf(event, 1).topic === 'transactions',
    );
    const part = Math.ceil(events.length / 3);
    for (let from = 0; from < events.length; from += part) {
      await append(events.slice(from, from + part));
      await processAll();
    }
    const inMemory = createInProcessScorer({ rules });
    const expected: Decision[] = [];
    let offset = 0;
    for await (const records of world.inputs.read('transactions', 0, { from: 0 })) {
      for (const record of records) {
        const decision = inMemory.take(Event.decode(record.value), record.appendMs);
        if (decision !== undefined) {
          const seenPositions = [
            { topic: 'transactions', partition: 0, offset: BigInt(record.offset + 1) },
          ];
          expected.push({ ...decision, seenPositions });
        }
        offset = record.offset;
      }
    }
    const made = (await decisions()).map((decision) => ({
      ...decision,
      seenPositions: decision.seenPositions.filter(({ topic }) => topic === 'transactions'),
    }));
    const withoutTime = (list: readonly Decision[]) =>
      list.map((decision) => ({ ...decision, decideTime: undefined }));
    expect(offset).toBe(events.length - 1);
    expect(expected.length, `seed ${seed}`).toBeGreaterThan(50);
    expect(withoutTime(made), `seed ${seed}`).toEqual(withoutTime(expected));
    const asking = made.filter(asksForPerson);
    expect(asking.length, `seed ${seed}`).toBeGreaterThan(0);
    for (const { decisionId, paymentId, score } of asking) {
      const found = await readAlert(world.tables, decisionId);
      expect(found?.alert).toMatchObject({ alertId: decisionId, paymentId, score });
    }
  });

  test('are left alone when they carry one, or when one was asked for', async () => {
    const asked = await (await open()).score(question('p1'));
    await processAll();
    await append([payment('p1'), payment('p2', 'dec-elsewhere'), payment('p3')]);
    await processAll();
    const made = await decisions();
    expect(made.map(({ paymentId, origin }) => [paymentId, origin])).toEqual([
      ['p1', DecisionOrigin.ASKED],
      ['p3', DecisionOrigin.STREAM],
    ]);
    expect(await decisionOf(world.tables, 'p1')).toEqual(asked);
    expect(made[1]).toMatchObject({
      eventId: 'event-p3',
      userId: 'user-1',
      anonymousId: 'device-1',
    });
  });
});

describe('ScoreTransaction', () => {
  test('sees what the processor has counted, and the payment itself', async () => {
    await append([payment('p1'), payment('p2')]);
    await processAll();
    const decision = await (await open()).score(question('p3'));
    expect(valueOf(decision, 'payments_per_user_24h')).toBe(3);
    expect(valueOf(decision, 'payments_per_device_5m')).toBe(3);
    expect(valueOf(decision, 'amount_per_user_24h')).toBe(60);
    expect(decision).toMatchObject({ sessionId: 'session-1', origin: DecisionOrigin.ASKED });
    expect(decision.seenPositions).toContainEqual({
      topic: 'transactions',
      partition: 0,
      offset: 2n,
    });
  });

  test('counts items that are bought unseen', async () => {
    const request = question('p1');
    const lines = ['a', 'b', 'a'].map((productId) => ({ product: { productId } }));
    const decision = await (
      await open()
    ).score(ScoreTransactionRequest.fromPartial({ ...request, lines }));
    expect(valueOf(decision, 'unviewed_items')).toBe(2);
  });

  test('answers an empty system with defaults and one durable record', async () => {
    const decision = await (await open()).score(question('p1'));
    expect(decision).toMatchObject({ paymentId: 'p1', score: 0, reasons: [], failedRuleIds: [] });
    expect(await decisions()).toEqual([decision]);
  });

  test('gives one decision to a payment: at once, again, after a restart and once it is in the table', async () => {
    const first = await open();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => first.score(question('p1'))),
    );
    answers.push(await first.score(question('p1')));
    // Not folded yet: a new gateway finds it in the log.
    answers.push(await (await open()).score(question('p1')));
    await processAll();
    answers.push(await (await open()).score(question('p1')));
    expect(await decisions()).toHaveLength(1);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  test('gives no answer that is not durable, and decides again', async () => {
    let broken = true;
    const derived: EventLog = {
      ...world.derived,
      append: (topic, records) =>
        broken
          ? Promise.reject(new PortError('Unavailable', 'the disk is full'))
          : world.derived.append(topic, records),
    };
    const gateway = await open(derived);
    await expect(gateway.score(question('p1'))).rejects.toThrow('the disk is full');
    expect(await decisions()).toEqual([]);
    broken = false;
    expect(await gateway.score(question('p1'))).toEqual((await decisions())[0]);
  });

  test('refuses more at once than its bound, and takes the next ones afterwards', async () => {
    const gateway = await open(world.derived, 2);
    const asked = ['p1', 'p2', 'p3', 'p1'].map((id) => gateway.score(question(id)));
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    await expect(asked[2]).rejects.toThrow(/2 payments are being decided: ask again in 100 ms/);
    expect((await gateway.score(question('p3'))).paymentId).toBe('p3');
  });
});
