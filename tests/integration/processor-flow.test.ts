import { isPortError, PortError } from '@bytebasket/server/ports/errors';
import type { Row } from '@bytebasket/server/ports/table-store';
import { createUpdateDecoder } from '@bytebasket/server/gateway/watch/update-decoder';
import type { Gap, Lag } from '@bytebasket/server/processor/observer';
import type { Retry } from '@bytebasket/server/retry/retry';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../support/random.js';
import { caughtUp, expectedRows, sortedRows } from '../support/count-model.js';
import { COUNTS_TABLE, countingFold, countsTable } from '../support/counting-fold.js';
import {
  countRecord,
  countRows,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tampered, type PortAction } from '../support/tampered-ports.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PARTITIONS = 2;
const OTHER_TABLE = 'test_other_counts';

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor');
  world = await openWorld({
    folder: folder.path,
    partitions: PARTITIONS,
    tables: [COUNTS_TABLE, countsTable(OTHER_TABLE)],
  });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

function append(from: number, to: number, topic = 'user-activity'): Promise<readonly number[]> {
  const records = Array.from({ length: to - from }, (_, i) =>
    countRecord(`k${(from + i) % 13}`, `${from + i}`, PARTITIONS),
  );
  return world.inputs.append(topic, records);
}

const isCaughtUp = (): Promise<boolean> => caughtUp(world.inputs, world.tables);

describe('the processor', () => {
  test('folds both topics and goes on after a restart where it was', async () => {
    const first = startProcessor(world);
    await append(0, 500);
    await eventually('the first part', isCaughtUp);
    await append(500, 1_000, 'transactions');
    await first.stop();
    await append(1_000, 1_500);
    const starts: number[] = [];
    const second = startProcessor(world, {
      observe: { owned: ({ nextOffset }) => starts.push(nextOffset) },
    });
    await eventually('the second part', isCaughtUp);
    await second.stop();
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
    expect(starts.reduce((sum, start) => sum + start, 0)).toBeGreaterThanOrEqual(500);
  });

  test('gives the same rows, bit for bit, whatever the flushes, snapshots and restarts were', async () => {
    const seed = testSeed();
    const random = seededRandom(seed);
    for (let i = 0; i < 12; i++)
      await append(i * 100, (i + 1) * 100, random.pick(['user-activity', 'transactions']));
    const expected = await sortedRows(expectedRows(world.inputs));
    for (let run = 0; run < 5; run++) {
      const other = await openWorld({
        folder: `${folder.path}/run-${run}`,
        inputsFolder: folder.path,
        partitions: PARTITIONS,
      });
      for (let stops = 0; !(await caughtUp(world.inputs, other.tables)); stops++) {
        const running = startProcessor(
          { ...other, inputs: world.inputs },
          {
            flushIntervalMs: random.int(0, 3),
            snapshotIntervalMs: random.int(0, 6),
            recordsMax: random.int(1, 60),
          },
        );
        await new Promise((resolve) => setTimeout(resolve, random.int(5, 25) * (1 + stops)));
        await running.stop();
      }
      expect(await sortedRows(other.tables), `seed ${seed}, run ${run}`).toEqual(expected);
      await other.close();
    }
  });

  test('sends every row to one partition of updates, growing in write time, before the progress that covers it', async () => {
    const running = startProcessor(world);
    for (let i = 0; i < 10; i++) {
      await append(i * 60, (i + 1) * 60);
      await eventually('caught up', isCaughtUp);
    }
    await running.stop();
    const decoder = createUpdateDecoder([COUNTS_TABLE.name, 'processor_progress']);
    const last = new Map<string, { partition: number; writeTime: number; row: Partial<Row> }>();
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const covered = new Map<string, number>();
      for await (const records of world.derived.read('updates', partition, { from: 0 })) {
        for (const { value } of records) {
          const change = decoder.decode(value);
          if (change === undefined) continue;
          if (change.table === 'processor_progress') {
            covered.set(`${change.key[1]}/${change.key[2]}`, Number(change.cells['next_offset']));
            continue;
          }
          const { key, cells, writeTime } = change;
          const [, name, topic, source] = key;
          // A change after the progress that covers it would be a wrong promise.
          const seen = covered.get(`${topic}/${source}`) ?? 0;
          expect(Number(cells['last_offset'])).toBeGreaterThanOrEqual(seen);
          const before = last.get(`${name} ${topic}/${source}`);
          if (before !== undefined) {
            expect(before.partition).toBe(partition);
            expect(writeTime).toBeGreaterThan(before.writeTime);
          }
          last.set(`${name} ${topic}/${source}`, {
            partition,
            writeTime,
            row: { key, cells, writeTime },
          });
        }
      }
      const bounds = await world.inputs.bounds('user-activity');
      for (const { partition: source, end } of bounds) {
        expect(covered.get(`user-activity/${source}`)).toBe(end);
      }
    }
    const rows = new Map([...last].map(([name, { row }]) => [name, row]));
    expect(rows).toEqual(new Map(await countRows(world.tables)));
  });

  test('sets a poisonous record aside, gives it to the other folds, and goes on', async () => {
    const failed: string[] = [];
    let refusals = 3;
    const folds = [
      countingFold(),
      countingFold({ name: 'tolerant', table: OTHER_TABLE, tolerant: true }),
    ];
    const running = startProcessor(world, {
      folds,
      onFoldFailure: async ({ source, record, fold, error }) => {
        if (refusals-- > 0) throw new PortError('Unavailable', 'no room for dead letters');
        const text = Buffer.from(record.value).toString('utf8');
        failed.push(`${fold} ${source.topic}/${source.partition}@${source.offset} ${text}`);
        expect(error).toBeInstanceOf(Error);
      },
    });
    await append(0, 100);
    const [offset] = await world.inputs.append('user-activity', [
      countRecord('k1', 'poison', PARTITIONS),
    ]);
    const { partition } = countRecord('k1', 'poison', PARTITIONS);
    await append(100, 200);
    await eventually('caught up', isCaughtUp);
    await running.stop();
    expect(refusals).toBe(-1);
    expect(failed).toEqual([`counting user-activity/${partition}@${offset} poison`]);
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
    const others = await countRows(world.tables, OTHER_TABLE);
    const total = [...others.values()].reduce((sum, row) => sum + Number(row.cells['records']), 0);
    expect(total).toBe(201);
  });

  test('passes no position over a record that could not be set aside', async () => {
    let asked = 0;
    let release: () => void = () => undefined;
    const setAside = new Promise<void>((resolve) => (release = resolve));
    const running = startProcessor(world, {
      onFoldFailure: () => {
        asked += 1;
        return setAside;
      },
    });
    await append(0, 40);
    await eventually('caught up', isCaughtUp);
    const [offset] = await world.inputs.append('user-activity', [
      countRecord('k1', 'poison', PARTITIONS),
    ]);
    const { partition } = countRecord('k1', 'poison', PARTITIONS);
    await append(100, 200);
    await eventually('the failure is told', () => asked === 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const key = ['processor', 'user-activity', partition];
    const progress = await world.tables.get('processor_progress', key);
    expect(Number(progress?.cells['next_offset'])).toBeLessThanOrEqual(offset ?? -1);
    release();
    await eventually('caught up', isCaughtUp);
    await running.stop();
  });

  test('ends with the error when setting aside fails for good', async () => {
    const running = startProcessor(world, {
      onFoldFailure: () => Promise.reject(new TypeError('a defect')),
    });
    await world.inputs.append('user-activity', [countRecord('k1', 'poison', PARTITIONS)]);
    await expect(running.ended).rejects.toThrow('a defect');
  });

  test('tries again what is Unavailable or Throttled, loses nothing and tells of it', async () => {
    const attempts = new Map<PortAction, number>();
    const retries: Retry[] = [];
    const unsteady = tampered(world, async (action, when) => {
      const attempt = (attempts.get(action) ?? 0) + (when === 'before' ? 1 : 0);
      attempts.set(action, attempt);
      // Every second failure hides a success.
      if (attempt > 4 || (when === 'after') !== (attempt % 2 === 0)) return;
      throw new PortError(attempt > 2 ? 'Throttled' : 'Unavailable', `${action} is away`);
    });
    const running = startProcessor(
      { ...world, ...unsteady },
      { observe: { retried: (retry) => retries.push(retry) } },
    );
    const all = (): boolean => new Set(retries.map(({ action }) => action)).size === 9;
    for (let i = 0; i < 5 || (!all() && i < 300); i++) {
      await append(i * 20, (i + 1) * 20);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await eventually('caught up', isCaughtUp);
    await running.stop();
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
    expect(new Set(retries.map(({ action }) => action))).toEqual(
      new Set([
        'take ownership',
        'load a snapshot',
        `write rows of ${COUNTS_TABLE.name}`,
        'write rows of processor_progress',
        'append updates',
        'write snapshot chunks',
        'flip a snapshot pointer',
        'delete old snapshot chunks',
        'commit positions',
      ]),
    );
    for (const { attempt, delayMs } of retries) {
      expect(delayMs).toBeLessThanOrEqual(20 * 2 ** attempt);
    }
  });

  test('stops promptly while the tables are away, and folds again at the next start', async () => {
    const away = tampered(world, async (action) => {
      if (action === 'rows') throw new PortError('Unavailable', 'away');
    });
    const unfinished: unknown[] = [];
    let retried = false;
    const running = startProcessor(
      { ...world, ...away },
      {
        observe: {
          unfinished: (error) => unfinished.push(error),
          retried: () => (retried = true),
        },
      },
    );
    await append(0, 100);
    await eventually('it tries again', () => retried);
    await running.stop();
    expect(unfinished.map((error) => isPortError(error, 'Unavailable'))).toEqual([true]);
    const next = startProcessor(world);
    await eventually('caught up', isCaughtUp);
    await next.stop();
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
  });

  test('holds its input back when too much waits to be flushed', async () => {
    let flushed = 0;
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = tampered(world, async (action, when) => {
      if (action === 'rows' && when === 'before') await gate;
    });
    let folded = 0;
    const inner = countingFold();
    const running = startProcessor(
      { ...world, ...slow },
      {
        folds: [
          {
            ...inner,
            open(source, chunks) {
              const fold = inner.open(source, chunks);
              const apply: typeof fold.apply = (input) => {
                folded += 1;
                fold.apply(input);
              };
              return { ...fold, apply };
            },
          },
        ],
        observe: { flushed: ({ records }) => (flushed += records) },
      },
    );
    for (let i = 0; i < 10; i++) {
      await world.inputs.append(
        'user-activity',
        Array.from({ length: 8_000 }, (_, n) => ({
          ...countRecord(`k${n % 5}`, '1', 2),
          partition: 0,
        })),
      );
    }
    // One flush on its way with at most 20,000 records, and as many behind it, plus a delivery each.
    await eventually('the input is held back', () => folded >= 20_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(folded).toBeLessThanOrEqual(2 * 21_000);
    expect(flushed).toBe(0);
    release();
    await eventually('caught up', isCaughtUp);
    await running.stop();
    expect(folded).toBe(80_000);
    expect(flushed).toBe(80_000);
  });

  test('writes nothing while nothing changes', async () => {
    const actions: PortAction[] = [];
    let lastMs = 0;
    const watched = tampered(world, async (action) => {
      actions.push(action);
      lastMs = performance.now();
    });
    const running = startProcessor({ ...world, ...watched });
    await append(0, 50);
    await eventually('caught up', isCaughtUp);
    // The snapshot after the last flush is not idleness yet.
    await eventually('it is quiet', () => performance.now() - lastMs > 150);
    const before = actions.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(actions.slice(before)).toEqual([]);
    await append(50, 51);
    await eventually('it still works', isCaughtUp);
    await running.stop();
    expect(actions.length).toBeGreaterThan(before);
  });

  test('tells how far it is behind', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const slow = tampered(world, async (action, when) => {
      if (action === 'rows' && when === 'before') await gate;
    });
    const lags: Lag[] = [];
    await append(0, 70);
    const running = startProcessor(
      { ...world, ...slow },
      { observe: { lag: (lag) => lags.push(lag) } },
    );
    const sum = (): number => lags.slice(-4).reduce((total, { records }) => total + records, 0);
    await eventually('70 records behind', () => lags.length >= 4 && sum() === 70);
    expect(lags.some(({ behindMs }) => behindMs > 0)).toBe(true);
    release();
    await eventually('nothing behind', () => sum() === 0);
    expect(lags.slice(-4).every(({ behindMs }) => behindMs === 0)).toBe(true);
    await running.stop();
  });
});

describe('a processor whose input expired', () => {
  test('tells the gap and goes on at the oldest record kept', async () => {
    const small = await openWorld({
      folder: `${folder.path}/small`,
      partitions: 1,
      retentionBytes: 2_000,
    });
    const one = (n: number): Promise<unknown> =>
      small.inputs.append('user-activity', [countRecord('k', `${n}`, 1)]);
    const first = startProcessor(small);
    for (let n = 0; n < 10; n++) await one(n);
    await eventually('caught up', () => caughtUp(small.inputs, small.tables));
    await first.stop();
    for (let n = 10; n < 100; n++) await one(n);
    expect(await small.inputs.expire(Date.now())).toBeGreaterThan(0);
    const [bounds] = await small.inputs.bounds('user-activity');
    const start = bounds?.start ?? 0;
    expect(start).toBeGreaterThan(10);
    const gaps: Gap[] = [];
    const second = startProcessor(small, { observe: { gap: (gap) => gaps.push(gap) } });
    await eventually('caught up again', () => caughtUp(small.inputs, small.tables));
    await second.stop();
    expect(gaps).toEqual([{ topic: 'user-activity', partition: 0, from: 10, to: start }]);
    const row = (await countRows(small.tables)).get('k user-activity/0');
    expect(row?.cells['records']).toBe(10 + 100 - start);
    await small.close();
  });

  test('refuses to start when the log ends before its snapshot', async () => {
    const first = startProcessor(world);
    await append(0, 50);
    await eventually('caught up', isCaughtUp);
    await first.stop();
    const emptied = await openWorld({
      folder: folder.path,
      inputsFolder: `${folder.path}/emptied`,
      partitions: PARTITIONS,
    });
    await expect(startProcessor(emptied).ended).rejects.toThrow(/the log lost records/);
    await emptied.close();
  });
});
