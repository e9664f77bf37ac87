import { SnapshotPointer } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import type { Row } from '@bytebasket/server/ports/table-store';
import type { SnapshotFigures } from '@bytebasket/server/processor/observer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { caughtUp, expectedRows, sortedRows } from '../support/count-model.js';
import { countingFold } from '../support/counting-fold.js';
import {
  countRecord,
  eventually,
  openWorld,
  startProcessor,
  type World,
} from '../support/processor-world.js';
import { tampered, type PortAction } from '../support/tampered-ports.js';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';

const PIECE_BYTES_MAX = 256 * 1024;
const SOURCE = ['counting', 'user-activity', 0] as const;

let folder: TempFolder;
let world: World;
beforeEach(async () => {
  folder = await tempFolder('processor-snapshots');
  world = await openWorld({ folder: folder.path, partitions: 1 });
});
afterEach(async () => {
  await world.close();
  await folder.remove();
});

function append(names: readonly string[]): Promise<readonly number[]> {
  return world.inputs.append(
    'user-activity',
    names.map((name) => countRecord(name, '1', 1)),
  );
}

async function chunkRows(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of world.tables.scan('processor_chunks', [...SOURCE])) rows.push(row);
  return rows;
}

async function pointer(): Promise<SnapshotPointer> {
  const row = await world.tables.get('processor_snapshots', [...SOURCE]);
  const bytes = row?.cells['pointer'];
  return SnapshotPointer.decode(bytes instanceof Uint8Array ? bytes : new Uint8Array());
}

const versions = (rows: readonly Row[]): string[] => [
  ...new Set(rows.map(({ key }) => key.slice(3, 6).join('.'))),
];
const listed = ({ chunks }: SnapshotPointer): string[] =>
  chunks.map(({ chunk, epoch, sequence }) => `${chunk}.${epoch}.${sequence}`);
const NAMES = Array.from({ length: 30 }, (_, i) => `name-${i}`);

describe('a snapshot', () => {
  test('leaves exactly the chunks that its pointer lists', async () => {
    const running = startProcessor(world);
    for (let round = 0; round < 15; round++) {
      await append(NAMES.slice(round, round + 3));
      await new Promise((resolve) => setTimeout(resolve, 12));
    }
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await running.stop();
    expect((await pointer()).nextOffset).toBe(45n);
    expect(versions(await chunkRows()).sort()).toEqual(listed(await pointer()).sort());
    expect(listed(await pointer()).length).toBeGreaterThan(3);
  });

  test('writes only the chunks that changed', async () => {
    const figures: SnapshotFigures[] = [];
    const running = startProcessor(world, {
      observe: { snapshotted: (snapshot) => figures.push(snapshot) },
    });
    await append(NAMES);
    await eventually('the first snapshot', () => figures.at(-1)?.nextOffset === 30);
    figures.length = 0;
    await append(['name-1', 'name-1']);
    await eventually('the second snapshot', () => figures.at(-1)?.nextOffset === 32);
    await running.stop();
    expect(figures.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(1);
  });

  test('cuts big chunks into pieces and puts them together again', async () => {
    const folds = [countingFold({ ballastBytes: 2 * PIECE_BYTES_MAX + 5 })];
    const first = startProcessor(world, { folds });
    await append(NAMES);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await first.stop();
    const rows = await chunkRows();
    const sizes = rows.map(({ cells }) => (cells['bytes'] as Uint8Array).length);
    expect(Math.max(...sizes)).toBe(PIECE_BYTES_MAX);
    expect(rows.length).toBe(listed(await pointer()).length * 3);
    const second = startProcessor(world, { folds });
    await append(NAMES);
    await eventually('caught up again', () => caughtUp(world.inputs, world.tables));
    await second.stop();
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
    // The chunks of the first owner are gone with all their pieces.
    expect(versions(await chunkRows()).sort()).toEqual(listed(await pointer()).sort());
  });

  test.each<PortAction>(['rows', 'updates', 'progress', 'chunks'])(
    'never names records whose %s are not acknowledged',
    async (action) => {
      let release: () => void = () => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      let waiting = false;
      let flips = 0;
      const slow = tampered(world, async (at, when) => {
        if (at === 'flip') flips += 1;
        if (at !== action || when !== 'before') return;
        waiting = true;
        await gate;
      });
      const running = startProcessor({ ...world, ...slow }, { snapshotIntervalMs: 0 });
      await append(NAMES);
      await eventually('it waits', () => waiting);
      await append(NAMES);
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(flips).toBe(0);
      release();
      await eventually('its snapshot', async () => (await pointer()).nextOffset === 60n);
      await running.stop();
    },
  );

  test('of an owner that died in between is cleared away by the next one', async () => {
    class Dead extends Error {}
    let dead = false;
    const dying = tampered(world, async (action) => {
      dead ||= action === 'flip';
      if (dead) throw new Dead();
    });
    await append(NAMES);
    const first = startProcessor({ ...world, ...dying });
    await expect(first.ended).rejects.toBeInstanceOf(Dead);
    expect((await chunkRows()).length).toBeGreaterThan(0);
    expect(listed(await pointer())).toEqual([]);
    const second = startProcessor(world);
    await eventually('its snapshot', async () => (await pointer()).nextOffset === 30n);
    await second.stop();
    expect(versions(await chunkRows()).sort()).toEqual(listed(await pointer()).sort());
    expect((await pointer()).epoch).toBe(2n);
  });

  test('that is not whole is not loaded', async () => {
    const first = startProcessor(world);
    await append(NAMES);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await first.stop();
    const [row] = await chunkRows();
    await world.tables.remove('processor_chunks', [{ key: row?.key ?? [], writeTime: 1 }]);
    await expect(startProcessor(world).ended).rejects.toThrow(/is not whole/);
  });

  test('serves a fold that is added later: it begins at the start, the others where they were', async () => {
    const first = startProcessor(world);
    await append(NAMES);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await first.stop();
    const late: number[] = [];
    const second = startProcessor(world, {
      folds: [
        countingFold(),
        {
          name: 'late',
          topics: ['user-activity'],
          tables: [],
          open: () => ({
            apply: ({ record }) => void late.push(record.offset),
            changedRows: () => [],
            changedChunks: () => new Map(),
          }),
        },
      ],
    });
    await append(NAMES);
    await eventually('both have everything', () => late.length === 60);
    await eventually('caught up', () => caughtUp(world.inputs, world.tables));
    await second.stop();
    expect(late).toEqual(Array.from({ length: 60 }, (_, offset) => offset));
    expect(await sortedRows(world.tables)).toEqual(await sortedRows(expectedRows(world.inputs)));
  });
});
