import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from 'pino';

export interface WatchFilesOptions {
  readonly paths: readonly string[];
  /** Called after a change settled; calls never overlap. */
  readonly onChange: () => Promise<void> | void;
  readonly logger: Logger;
  /** Milliseconds between two looks when the file system does not tell, default 1,000. */
  readonly pollMs?: number | undefined;
}

export interface FileWatch {
  close(): void;
}

/** Tells when files change: by fs.watch on their folders where that works (editors replace files), by looking otherwise. */
export function watchFiles(options: WatchFilesOptions): FileWatch {
  let seen: string | undefined;
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    try {
      const now = (await Promise.all(options.paths.map(fingerprint))).join('|');
      const changed = seen !== undefined && now !== seen;
      seen = now;
      if (changed) await options.onChange();
    } finally {
      looking = false;
    }
  };
  const start = (): void => {
    look().catch((error: unknown) => {
      options.logger.error({ err: error, paths: options.paths }, 'cannot look at watched files');
    });
  };
  const timer = setInterval(start, options.pollMs ?? 1_000);
  timer.unref();
  start();
  const watchers = openWatchers(options, start);
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

async function fingerprint(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    // A file that is being replaced is away for a moment; the reader of the file says what it thinks of that.
    return `absent:${(error as NodeJS.ErrnoException).code ?? ''}`;
  }
}
