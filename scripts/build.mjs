// `npm run build`: installs what is missing and compiles what has changed.
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { script } from './support/run.mjs';

await script(async () => {
  await ensureInstalled();
  await ensureBuilt();
});
