// `npm start`: installs and compiles what is missing, then runs `bytebasket up` in this process.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { root, script } from './support/run.mjs';

await script(async () => {
  await ensureInstalled();
  await ensureBuilt();
  const main = join(root, 'cli', 'dist', 'main.js');
  // No child process: signals and the exit code are the command's own, and nothing else stays in memory.
  process.argv = [process.execPath, main, 'up', ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
});
