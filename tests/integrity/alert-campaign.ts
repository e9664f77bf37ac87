import { once } from 'node:events';
import {
  type Alert,
  type AlertAction,
  AlertState,
  FraudRecord,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { type Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { actionRecordBytes, seenHeaders } from '@bytebasket/server/fraud/alerts/fraud-record';
import { readAlert } from '@bytebasket/server/fraud/alerts/read-alerts';
import { createUpdateDecoder } from '@bytebasket/server/gateway/watch/update-decoder';
import type { LogRecord } from '@bytebasket/server/ports/event-log';
import { partitionOf } from '@bytebasket/server/ports/partition-of';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { epochOf, sourceTopicOf } from '@bytebasket/server/processor/decide';
import { PROCESSOR_GROUP, PROGRESS_TABLE } from '@bytebasket/server/processor/tables';
import { allTopics } from '../support/all-topics.js';
import { eventually, startProcessor, type World } from '../support/processor-world.js';
import type { Random } from '../support/random.js';
import { tampered, type PortAction } from '../support/tampered-ports.js';
import { startProcess } from '../support/worker.js';
import { DECIDING } from './alert-folds.js';

/** Where a processor of decisions dies. */
const STEPS: readonly PortAction[] = ['decisions', 'rows', 'progress', 'updates', 'chunks', 'flip'];
const CIRCLE = [
  AlertState.ASSIGNED,
  AlertState.IN_REVIEW,
  AlertState.CONFIRMED_FRAUD,
  AlertState.REOPENED,
];

export interface AlertCampaign {
  readonly world: World;
  readonly folder: string;
  readonly random: Random;
}

/** Payments and operators, and a processor between them that dies over and over. */
export class AlertCampaignRun {
  readonly #campaign: AlertCampaign;
  readonly payments: string[] = [];
  #requests = 0;

  constructor(campaign: AlertCampaign) {
    this.#campaign = campaign;
  }

  /** Dies in this process, before or after a step of a flush. Returns whether it came to that. */
  async crash(round: number): Promise<boolean> {
    const { world, random } = this.#campaign;
    const action = STEPS[round % STEPS.length] ?? 'rows';
    const when = random.chance(0.5) ? 'before' : 'after';
    const left = { times: random.int(1, 3) };
    const crashed = () => left.times <= 0;
    const ports = tampered({ ...world, inputs: allTopics(world) }, async (at, moment) => {
      if (at === action && moment === when) left.times -= 1;
      if (crashed()) throw new Error(`died ${when} ${action}`);
    });
    const folds = DECIDING.folds();
    const running = startProcessor({ ...world, ...ports }, { ...DECIDING, folds });
    const outcome = running.ended.catch((error: unknown) => error);
    for (let i = 0; i < 20 && !crashed(); i++) {
      await this.#work(random.int(1, 20));
      await new Promise((resolve) => setTimeout(resolve, random.int(0, 3)));
    }
    if (crashed()) await outcome;
    else await running.stop();
    return crashed();
  }

  /** Dies by SIGKILL in a process of its own, with work left. */
  async kill(payments: number): Promise<void> {
    const { world, folder, random } = this.#campaign;
    await this.#work(payments);
    const { partitions } = world.inputs;
    const child = startProcess(new URL('./alert-child.ts', import.meta.url), {
      folder,
      partitions,
    });
    const exited = once(child, 'exit');
    let left = random.int(50, payments);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (records) => {
        left -= Number(records);
        if (left <= 0) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the child ended with ${String(code)}`)));
    });
    child.kill('SIGKILL');
    await exited;
  }

  /** Lets a processor finish, then holds everything against a recount. Returns what is wrong. */
  async check(): Promise<readonly string[]> {
    const { world } = this.#campaign;
    const inputs = allTopics(world);
    const running = startProcessor({ ...world, inputs }, { ...DECIDING, folds: DECIDING.folds() });
    await eventually('caught up', () => caughtUp(world), 30_000);
    await running.stop();
    const model = await recount(world);
    return [
      ...this.payments.filter((id) => !model.decided.has(id)).map((id) => `${id} not decided`),
      ...model.twice.map((id) => `${id} decided twice`),
      ...(await compareRows(world, model)),
      ...(await compareUpdates(world, model)),
    ];
  }

  async #work(payments: number): Promise<void> {
    const { world, random } = this.#campaign;
    const { partitions } = world.inputs;
    const ids = Array.from({ length: payments }, (_, i) => `p${this.payments.length + i}`);
    this.payments.push(...ids);
    await world.inputs.append(
      TOPICS.transactions,
      ids.map((id) => {
        const key = Buffer.from(id);
        return { partition: partitionOf(key, partitions), key, value: key, headers: {} };
      }),
    );
    const known = await alertIds(world);
    for (let i = 0; i < 5 && known.length > 0; i++) await this.#act(random.pick(known));
  }

  /** An operator changes an alert, with a retry that is none of the processor's business. */
  async #act(alertId: string): Promise<void> {
    const { world, random } = this.#campaign;
    const found = await readAlert(world.tables, alertId);
    if (found === undefined) throw new Error(`${alertId} is in an index, but not there`);
    const { alert, body, partition } = found;
    this.#requests += 1;
    const value = actionRecordBytes({
      alertId,
      expectedVersion: alert.version,
      state: CIRCLE[(Number(alert.version) - 1) % CIRCLE.length] ?? AlertState.ASSIGNED,
      note: '',
      requestId: `r${this.#requests}`,
      clientId: 'test',
    });
    // The fold holds every alert of a campaign: it must not need what the operator saw.
    const headers = random.chance(0.5) ? seenHeaders(body) : {};
    const record = { partition, key: Buffer.from(alertId), value, headers };
    const records = random.chance(0.3) ? [record, record] : [record];
    await world.derived.append(TOPICS.fraudDecisions, records);
  }
}

/** What the log says, recounted without the fold. */
interface Recount {
  readonly decided: ReadonlyMap<string, Decision>;
  /** Payments with two decisions that count. */
  readonly twice: readonly string[];
  readonly alerts: ReadonlyMap<string, { version: number; state: AlertState; score: number }>;
}

async function recount({ derived }: World): Promise<Recount> {
  const decided = new Map<string, Decision>();
  const alerts = new Map<string, { version: number; state: AlertState; score: number }>();
  const twice: string[] = [];
  const act = (action: AlertAction): void => {
    const alert = alerts.get(action.alertId);
    if (alert?.version !== Number(action.expectedVersion)) return;
    alert.version += 1;
    alert.state = action.state;
  };
  for (let partition = 0; partition < derived.partitions; partition++) {
    let highest = 0;
    for (const record of await recordsOf(derived, partition)) {
      const content = FraudRecord.decode(record.value).record;
      if (content?.$case === 'alertAction') act(content.value);
      if (content?.$case !== 'decision') continue;
      const epoch = epochOf(record) ?? 0;
      if (sourceTopicOf(record) !== TOPICS.transactions || epoch < highest) continue;
      highest = epoch;
      const { paymentId, decisionId, action, score } = content.value;
      if (decided.has(paymentId)) twice.push(paymentId);
      else {
        decided.set(paymentId, content.value);
        if (action !== DecisionAction.REVIEW) continue;
        alerts.set(decisionId, { version: 1, state: AlertState.OPEN, score });
      }
    }
  }
  return { decided, twice, alerts };
}

async function recordsOf(log: World['derived'], partition: number): Promise<LogRecord[]> {
  const all: LogRecord[] = [];
  for await (const records of log.read(TOPICS.fraudDecisions, partition, { from: 0 })) {
    all.push(...records);
  }
  return all;
}

async function compareRows(world: World, { alerts, decided }: Recount): Promise<string[]> {
  const wrong: string[] = [];
  const listed = await alertIds(world);
  if (new Set(listed).size !== listed.length) wrong.push('an alert is listed twice');
  for (const id of listed) if (!alerts.has(id)) wrong.push(`${id} is listed, nobody opened it`);
  for (const [id, { version, state, score }] of alerts) {
    const alert = (await readAlert(world.tables, id))?.alert;
    const same = alert?.version === BigInt(version) && alert.state === state;
    if (!same || alert.score !== score) wrong.push(`${id}: ${show(alert)}, not v${version}`);
    const versions: number[] = [];
    for await (const { key } of world.tables.scan('alert_changes', [id])) {
      versions.push(Number(key[1]));
    }
    if (versions.join() !== Array.from({ length: version }, (_, i) => i + 1).join()) {
      wrong.push(`${id} has versions ${versions.join()} of ${version}`);
    }
  }
  for (const [paymentId, decision] of decided) {
    const ids: unknown[] = [];
    for await (const { cells } of world.tables.scan('fraud_decisions', [paymentId])) {
      ids.push(cells['decision_id']);
    }
    if (ids.length !== 1 || ids[0] !== decision.decisionId)
      wrong.push(`${paymentId}: ${ids.join()}`);
  }
  return wrong;
}

/** Everything that changed went through `updates`, and nothing else did. */
async function compareUpdates(world: World, { alerts }: Recount): Promise<string[]> {
  const seen = new Map<string, Set<number>>();
  const decoder = createUpdateDecoder(['alert_changes']);
  for (let partition = 0; partition < world.derived.partitions; partition++) {
    for await (const records of world.derived.read(TOPICS.updates, partition, { from: 0 })) {
      for (const { value } of records) {
        const change = decoder.decode(value);
        if (change === undefined) continue;
        const alertId = String(change.key[0]);
        const versions = seen.get(alertId) ?? new Set();
        seen.set(alertId, versions.add(Number(change.key[1])));
      }
    }
  }
  const wrong = [...seen.keys()].filter((id) => !alerts.has(id)).map((id) => `update of ${id}`);
  for (const [id, { version }] of alerts) {
    const versions = seen.get(id)?.size ?? 0;
    if (versions !== version)
      wrong.push(`updates show ${versions} of ${version} versions of ${id}`);
  }
  return wrong;
}

async function alertIds({ tables }: World): Promise<string[]> {
  const ids: string[] = [];
  const now = Date.now();
  for (const ms of [now - 86_400_000, now]) {
    for await (const { key } of tables.scan('alerts_by_time', [ms - (ms % 86_400_000)])) {
      ids.push(String(key[2]));
    }
  }
  return ids;
}

async function caughtUp(world: World): Promise<boolean> {
  const log = allTopics(world);
  for (const topic of [TOPICS.transactions, TOPICS.fraudDecisions]) {
    for (const { partition, end } of await log.bounds(topic)) {
      const row = await world.tables.get(PROGRESS_TABLE.name, [PROCESSOR_GROUP, topic, partition]);
      if (Number(row?.cells['next_offset'] ?? 0) < end) return false;
    }
  }
  return true;
}

function show(alert: Alert | undefined): string {
  return alert === undefined ? 'not there' : `v${alert.version} ${AlertState[alert.state]}`;
}
