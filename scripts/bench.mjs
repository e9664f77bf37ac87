// `npm run bench`: installs and compiles what is missing, then measures the compiled product.
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { run, script } from './support/run.mjs';

await script(async () => {
  await ensureInstalled();
  await ensureBuilt();
  await run(process.execPath, ['--import', 'tsx', 'bench/main.ts', ...process.argv.slice(2)]);
});
