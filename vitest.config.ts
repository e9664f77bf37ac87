import { defineConfig } from 'vitest/config';

// Two suites: `default` is `npm test`; `long` holds the campaigns (kills, fuzz, soak) of `npm run test:long`.
const long = process.env['BYTEBASKET_TEST_LONG'] === '1';

export default defineConfig({
  resolve: { conditions: ['@bytebasket/source'] },
  ssr: { resolve: { conditions: ['@bytebasket/source'] } },
  test: {
    include: long
      ? ['tests/**/*.long.test.ts']
      : ['{proto,server,sdk,jobs,cli}/src/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: long ? ['**/node_modules/**'] : ['**/node_modules/**', '**/*.long.test.ts'],
    pool: 'forks',
    // Files of one worker share their modules: no module holds state (a rule of this code), and loading them for every file
    // took a third of the run.
    isolate: long,
    maxWorkers: long ? 1 : 2,
    testTimeout: long ? 1_800_000 : 60_000,
    hookTimeout: 120_000,
  },
});
