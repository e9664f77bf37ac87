import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockFolder } from './folder-lock.js';

const HOLDER = `
  const { lockFolder } = await import(process.argv[1]);
  lockFolder(process.argv[2]).then(
    (lock) => { process.send('held'); process.on('message', () => lock.release().then(() => process.exit(0))); },
    (error) => { process.send(error.message); process.exit(1); },
  );
`;

describe('lockFolder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bytebasket-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Starts a process that takes the folder; gives it and what it said first. */
  async function holder() {
    const module = new URL('./folder-lock.ts', import.meta.url).href;
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', HOLDER, module, folder],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const exited = once(child, 'exit');
    const [said] = (await once(child, 'message')) as [string];
    return { child, said, exited };
  }

  test('refuses a second owner in this process and names folder and pid', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining(`${folder} is in use by process ${process.pid}`) as string,
    });
    await lock.release();
    await lock.release();
    await (await lockFolder(folder)).release();
  });

  test('refuses a folder of another process until that one releases it', async () => {
    const { child, said, exited } = await holder();
    expect(said).toBe('held');
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${child.pid ?? 0}:`);
    child.send('release');
    await exited;
    await (await lockFolder(folder)).release();
  });

  test('takes over from a process that was killed', async () => {
    const { child, exited } = await holder();
    child.kill('SIGKILL');
    await exited;
    await (await lockFolder(folder)).release();
  });

  test('gives a dead owner’s folder to exactly one of several processes', async () => {
    const first = await holder();
    first.child.kill('SIGKILL');
    await first.exited;
    const racers = await Promise.all([holder(), holder(), holder()]);
    expect(racers.filter(({ said }) => said === 'held')).toHaveLength(1);
    for (const { said } of racers) {
      if (said !== 'held') expect(said).toMatch(/is in use by process \d+|is being taken/);
    }
    for (const { child, exited } of racers) {
      if (child.exitCode === null) child.kill('SIGKILL');
      await exited;
    }
  });

  test('does not take a reused pid for the owner', async () => {
    const lock = await lockFolder(folder);
    const [name] = await readdir(folder);
    const path = join(folder, name ?? '');
    const owner = JSON.parse(await readFile(path, 'utf8')) as { startedAt?: string };
    await lock.release();
    // The same pid, but a process that started at another time.
    await writeFile(path, JSON.stringify({ ...owner, startedAt: '1', released: false }));
    await (await lockFolder(folder)).release();
  });

  test('believes the heartbeat of an owner whose process it cannot see', async () => {
    const foreign = { pid: 1, released: false, startedAt: '5', world: 'another container' };
    const path = join(folder, 'owner.7');
    await writeFile(path, JSON.stringify(foreign));
    await expect(lockFolder(folder)).rejects.toThrow('in use by process 1');
    const long = new Date(Date.now() - 60_000);
    await utimes(path, long, long);
    const lock = await lockFolder(folder);
    expect(await readdir(folder)).toEqual(['owner.8']);
    await lock.release();
  });

  test('takes an owner file that a crash of the machine cut short for a dead one', async () => {
    await writeFile(join(folder, 'owner.3'), '');
    await (await lockFolder(folder)).release();
  });

  test('lets one of many concurrent calls of this process win', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 12 }, () => lockFolder(folder)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await won[0]?.value.release();
  });
});
