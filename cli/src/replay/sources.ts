import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Importer, Lookup } from '../importers/importer.js';
import { inspectFile, type SourceFile } from '../importers/rows-of.js';
import { CliError, isCliError, usageError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import { contentHash } from './content-hash.js';
import { importerOf, knownFile } from './source-importer.js';

/** A file with everything needed to read it. */
export interface ReplaySource {
  /** As the user would write it. */
  readonly name: string;
  readonly file: SourceFile;
  readonly importer: Importer;
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Identity of the content: format, size and a hash; part of the events' ids. */
  readonly identity: string;
}

export interface SourceOptions {
  /** Name of a format, or `auto`. */
  readonly format: string;
  readonly mapping?: string | undefined;
  /** `name=file:key`, such as `categories=items.parquet:item_id`. */
  readonly lookup: readonly string[];
  /** What relative paths start from. */
  readonly cwd: string;
  /** Hears which files of a folder are not replayed. */
  readonly onSkipped?: (names: readonly string[]) => void;
}

/** Finds what is to be replayed: files as given, or the files of a folder whose format is known. */
export async function resolveSources(
  paths: readonly string[],
  options: SourceOptions,
): Promise<ReplaySource[]> {
  if (options.mapping !== undefined && options.format !== 'auto') {
    throw usageError('--format and --mapping exclude each other', 'Give one of them.');
  }
  const sources: ReplaySource[] = [];
  for (const name of paths) {
    const info = await readable(name, stat(resolve(options.cwd, name)));
    if (info.isDirectory()) sources.push(...(await folderSources(name, options)));
    else sources.push(await fileSource(name, options));
  }
  return sources;
}

async function folderSources(folder: string, options: SourceOptions): Promise<ReplaySource[]> {
  if (options.mapping !== undefined || options.format !== 'auto') {
    const flag = options.mapping === undefined ? '--format' : '--mapping';
    throw usageError(`${flag} does not go with the folder ${folder}`, 'Name the files instead.');
  }
  const sources: ReplaySource[] = [];
  const skipped: string[] = [];
  for (const entry of (await readable(folder, readdir(resolve(options.cwd, folder)))).sort()) {
    const name = join(folder, entry);
    const path = resolve(options.cwd, name);
    if (!(await readable(name, stat(path))).isFile()) continue;
    const file = await readable(name, inspectFile(path));
    if (knownFile(file)) sources.push(await fileSource(name, options));
    else skipped.push(entry);
  }
  if (sources.length === 0) {
    throw new CliError(`no file in ${folder} has a known format`, {
      remedy: 'Name the file and its --format or --mapping.',
    });
  }
  if (skipped.length > 0) options.onSkipped?.(skipped);
  return sources;
}

async function fileSource(name: string, options: SourceOptions): Promise<ReplaySource> {
  const path = resolve(options.cwd, name);
  const file = await readable(name, inspectFile(path));
  const { importer, lookups } = await readable(name, importerOf(file, options));
  const identity = `${importer.name} ${await readable(name, contentHash(path))}`;
  return { name, file, importer, lookups, identity };
}

/** What reading a file threw, with the file's name. */
export function unreadable(name: string, cause: unknown): CliError {
  if (isCliError(cause)) return cause;
  return new CliError(`cannot read ${name}: ${describeError(cause)}`, {
    remedy: 'Give an existing, undamaged file or folder that you may read.',
    cause,
  });
}

async function readable<T>(name: string, read: Promise<T>): Promise<T> {
  return await read.catch((cause: unknown) => {
    throw unreadable(name, cause);
  });
}
