import { statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from 'pino';

export interface WatchFilesOptions {
  readonly paths: readonly string[];
  /** Called after a change settled; calls never overlap. */
  readonly onChange: () => void;
  readonly logger: Logger;
  /** Milliseconds between two looks when the file system does not tell, default 1,000. */
  readonly pollMs?: number | undefined;
}

export interface FileWatch {
  close(): void;
}

/**
 * Tells when files change: by fs.watch on their folders where that works (editors replace files), by looking otherwise. Start
 * it before the first read, so that no change falls between the two.
 */
export function watchFiles(options: WatchFilesOptions): FileWatch {
  const { paths, logger } = options;
  let seen = fingerprint(paths);
  let changing = false;
  const look = (): void => {
    // A change that comes during onChange is seen at the next look.
    const now = changing ? seen : fingerprint(paths);
    if (now === seen) return;
    seen = now;
    changing = true;
    Promise.resolve()
      .then(options.onChange)
      .catch((error: unknown) => {
        logger.error({ err: error, paths }, 'a changed file could not be taken over');
      })
      .finally(() => {
        changing = false;
      });
  };
  const timer = setInterval(look, options.pollMs ?? 1_000);
  timer.unref();
  const watchers = openWatchers(options, look);
  return {
    close() {
      clearInterval(timer);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function openWatchers(options: WatchFilesOptions, look: () => void): FSWatcher[] {
  const folders = new Set(options.paths.map((path) => dirname(path)));
  return [...folders].flatMap((folder) => {
    try {
      const watcher = watch(folder, { persistent: false }, look);
      watcher.on('error', (error) => {
        options.logger.info({ err: error, folder }, 'file watch ended, looking every second');
      });
      return [watcher];
    } catch (error) {
      options.logger.info({ err: error, folder }, 'no file watch here, looking every second');
      return [];
    }
  });
}

function fingerprint(paths: readonly string[]): string {
  const prints = paths.map((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    // A file that is being replaced is away for a moment; the reader of the file says what it thinks of that.
    return found === undefined ? 'absent' : `${found.ino}:${found.size}:${found.mtimeMs}`;
  });
  return prints.join('|');
}
