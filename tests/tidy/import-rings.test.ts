import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';

const RULE = 'import-x/no-restricted-paths';

/** Lints made-up code as if it stood in `file`; returns the messages of the import rings. */
async function ringBreaks(file: string, code: string): Promise<string[]> {
  const eslint = new ESLint({
    overrideConfig: { languageOptions: { parserOptions: { project: null } } },
    ruleFilter: ({ ruleId }) => ruleId === RULE,
  });
  const [result] = await eslint.lintText(code, { filePath: file });
  return (result?.messages ?? []).filter((m) => m.ruleId === RULE).map((m) => m.message);
}

describe('the import rings', () => {
  test.each([
    ['server/src/ports/clock.ts', "import '../gateway/service-error.js';"],
    ['server/src/adapters/lmdb/environment.ts', "import '../../gateway/service-error.js';"],
    ['server/src/ingest/ingest.ts', "import '../adapters/lmdb/environment.js';"],
    ['server/src/ingest/ingest.ts', "import '../metrics/tables.js';"],
    ['server/src/processor/processor.ts', "import '../metrics/tables.js';"],
    ['server/src/gateway/gateway.ts', "import '../ingest/ingest.js';"],
    ['server/src/adapters/lmdb/environment.ts', "import '../system/clock.js';"],
    ['server/src/adapters/system/clock.ts', "import '../lmdb/environment.js';"],
    ['server/src/gateway/watch/tail-hub.ts', "import '../../processor/processor.js';"],
    ['server/src/processor/processor.ts', "import '../gateway/service-error.js';"],
    ['server/src/retry/retry.ts', "import '../processor/tables.js';"],
    ['sdk/src/index.ts', "import '../../server/src/ports/clock.js';"],
    ['server/src/ports/clock.ts', "import '../../../cli/src/main.js';"],
  ])('refuse a wrong arrow from %s: %s', async (file, code) => {
    expect(await ringBreaks(file, code)).toHaveLength(1);
  });

  test.each([
    ['server/src/ingest/ingest.ts', "import '../ports/clock.js';"],
    ['server/src/adapters/lmdb/environment.ts', "import './committer.js';"],
    ['server/src/gateway/watch/tail-hub.ts', "import '../../processor/tables.js';"],
    ['server/src/gateway/watch/updates-tail.ts', "import '../../retry/retry.js';"],
  ])('allow a right arrow from %s: %s', async (file, code) => {
    expect(await ringBreaks(file, code)).toEqual([]);
  });
});
