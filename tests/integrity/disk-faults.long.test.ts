import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { expectExactly, runWriter } from './disk-faults/run.js';
import type { WriterReport } from './disk-faults/writer.js';

const strace = spawnSync('strace', ['-V']).status === 0;

/** A command that makes some calls of the writer fail. */
function failing(call: string, error: string, when: string): [string, ...string[]] {
  const traced = ['-f', '-o', '/dev/null', '-e', `trace=${call}`];
  return ['strace', ...traced, '-e', `inject=${call}:error=${error}:when=${when}`];
}

// Calls are counted per thread; opening takes about ten, so these hit the data, the sync and the meta page in turn.
const CALLS = ['25', '26', '27', '28', '40', '41', '42', '43', '44'] as const;

describe.skipIf(!strace)(
  strace ? 'a disk with injected faults' : 'a disk with injected faults (skipped: strace absent)',
  () => {
    let temp: TempFolder;
    beforeEach(async () => {
      temp = await tempFolder('faults');
    });
    afterEach(() => temp.remove());

    for (const when of CALLS) {
      test(`stops for good at a failed sync (call ${when}) and keeps what it promised`, async () => {
        const report = await runWriter(failing('fdatasync', 'EIO', when), temp.path);
        const failed = report.outcomes.findIndex((one) => one !== 'durable');
        expect(failed).toBeGreaterThan(0);
        expect(report.durable).toHaveLength(failed);
        expect(report.outcomes.slice(failed)).not.toContain('durable');
        expect(report.health).toMatch(/^Unavailable/);
        await expectExactly(temp.path, report);
      });
    }

    test('goes on after a full disk once there is room, unless the meta page was hit', async () => {
      const recovered: string[] = [];
      for (const when of CALLS) {
        const folder = join(temp.path, when);
        const report = await runWriter(failing('pwrite64', 'ENOSPC', when), folder);
        if (wentOn(report)) recovered.push(when);
        await expectExactly(folder, report);
      }
      expect(recovered.length).toBeGreaterThan(1);
    });

    test('refuses while the disk stays full and goes on afterwards', async () => {
      const lasted: number[] = [];
      for (const start of [26, 27, 28, 29]) {
        const folder = join(temp.path, `from ${start}`);
        const full = failing('pwrite64', 'ENOSPC', `${start}..${start + 60}`);
        const report = await runWriter(full, folder);
        if (wentOn(report)) lasted.push(refusedBy(report).length);
        await expectExactly(folder, report);
      }
      expect(Math.max(...lasted)).toBeGreaterThan(20);
    });
  },
);

function refusedBy({ outcomes }: WriterReport): readonly string[] {
  return outcomes.filter((one) => one !== 'durable');
}

/** Whether appends were taken again after they were refused; fails when the report fits neither way. */
function wentOn(report: WriterReport): boolean {
  const refused = refusedBy(report);
  const first = refused[0] ?? 'nothing was refused';
  if (/^Unavailable: no room to write in .*: free some space/.test(first)) {
    expect(report.outcomes.at(-1)).toBe('durable');
    expect(report.health).toBe('healthy');
    return true;
  }
  // Without the page that names the newest commit, lmdb itself refuses to go on.
  expect(first).toMatch(/^Unavailable: writing to .* failed: check the disk/);
  expect(report.outcomes.slice(report.outcomes.indexOf(first))).not.toContain('durable');
  expect(report.health).toMatch(/^Unavailable: .* refuses all work/);
  return false;
}
