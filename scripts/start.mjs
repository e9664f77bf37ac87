// `npm start`: installs and compiles what is missing, then runs `bytebasket up` in this process.
import { join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';
import { ensureBuilt } from './ensure-built.mjs';
import { ensureInstalled } from './ensure-installed.mjs';
import { root, script } from './support/run.mjs';

/**
 * `npm start` runs this below a shell that dies of a SIGTERM without handing it on; whoever supervises npm would leave
 * the server behind, and its folder in use. An orphan therefore stops as if it had got the signal itself.
 */
function stopWithShell() {
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

await script(async () => {
  if (process.env['npm_lifecycle_event'] !== undefined) stopWithShell();
  await ensureInstalled();
  await ensureBuilt();
  const main = join(root, 'cli', 'dist', 'main.js');
  // No child process: signals and the exit code are the command's own, and nothing else stays in memory.
  process.argv = [process.execPath, main, 'up', ...process.argv.slice(2)];
  await import(pathToFileURL(main).href);
});
