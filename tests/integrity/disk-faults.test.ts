import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tempFolder, type TempFolder } from '../support/temp-folder.js';
import { expectExactly, runWriter } from './disk-faults/run.js';

/** KiB that the data file may reach; a limit of the process, so it works on any machine and needs no rights. */
const FILE_KIB_MAX = 2_000;

describe('a disk that stops taking writes', () => {
  let temp: TempFolder;
  beforeEach(async () => {
    temp = await tempFolder('faults');
  });
  afterEach(() => temp.remove());

  test('ends acknowledgements at once, and all that was acknowledged is there', async () => {
    const limited = ['bash', '-c', `ulimit -f ${FILE_KIB_MAX}; exec "$@"`, 'limited'] as const;
    const report = await runWriter([...limited], temp.path);
    const failed = report.outcomes.findIndex((one) => one !== 'durable');
    expect(failed).toBeGreaterThan(10);
    expect(report.durable).toHaveLength(failed);
    expect(report.outcomes[failed]).toMatch(/^Unavailable: writing to .* failed: check the disk/);
    // A short write cannot be told from a broken disk: everything is refused until the log is opened again.
    for (const outcome of report.outcomes.slice(failed + 1)) {
      expect(outcome).toMatch(/^Unavailable: .* refuses all work since a write failed/);
    }
    expect(report.health).toMatch(/^Unavailable: .* refuses all work/);
    await expectExactly(temp.path, report);
  });
});
