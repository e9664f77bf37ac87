import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Importer, Lookup } from '../importers/importer.js';
import { mappingImporter } from '../importers/mapping.js';
import { readMapping } from '../importers/mapping-schema.js';
import { readLookup } from '../importers/lookups.js';
import { detectImporter, importerNamed } from '../importers/registry.js';
import { inspectFile, type SourceFile } from '../importers/rows-of.js';
import { CliError, EXIT } from '../output/cli-error.js';

/** A file with everything needed to read it. */
export interface ReplaySource {
  readonly file: SourceFile;
  readonly importer: Importer;
  readonly lookups: ReadonlyMap<string, Lookup>;
  /** Identity of the content: format, size and a hash; part of the events' ids. */
  readonly identity: string;
}

export interface SourceOptions {
  readonly format: string;
  readonly mapping?: string | undefined;
  /** `name=file:key`, such as `categories=items.parquet:item_id`. */
  readonly lookup: readonly string[];
}

/** Files of the same folder that an importer can use without being told. */
const COMPANIONS: Readonly<Record<string, readonly { name: string; file: string; key: string }[]>> =
  {
    diginetica: [{ name: 'categories', file: 'diginetica_categories.parquet', key: 'item_id' }],
  };

/** Mappings that come with the product, by the name of the file that they are for. */
const MAPPINGS: Readonly<Record<string, URL>> = {
  'retail_purchases.parquet': new URL(
    '../../../config/mappings/retail-purchases.yml',
    import.meta.url,
  ),
};

/** Finds what is to be replayed: files as given, or the files of a folder whose format is known. */
export async function resolveSources(
  paths: readonly string[],
  options: SourceOptions,
): Promise<ReplaySource[]> {
  const sources: ReplaySource[] = [];
  for (const path of paths) {
    const info = await stat(path).catch((cause: unknown) => {
      throw new CliError(`cannot read ${path}`, {
        remedy: 'Give an existing file or folder.',
        cause,
      });
    });
    if (info.isDirectory()) sources.push(...(await folderSources(path, options)));
    else sources.push(await fileSource(path, options));
  }
  return sources;
}

async function folderSources(folder: string, options: SourceOptions): Promise<ReplaySource[]> {
  const sources: ReplaySource[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const file = await inspectFile(path);
    const known = MAPPINGS[name] !== undefined || detectImporter(file) !== undefined;
    if (known) sources.push(await fileSource(path, options));
  }
  if (sources.length > 0) return sources;
  throw new CliError(`no file in ${folder} has a known format`, {
    remedy: 'Name the file and its --format or --mapping.',
  });
}

async function fileSource(path: string, options: SourceOptions): Promise<ReplaySource> {
  const file = await inspectFile(path);
  const lookups = new Map<string, Lookup>();
  const importer = await importerOf(file, options, lookups);
  for (const { name, file: companion, key } of COMPANIONS[importer.name] ?? []) {
    const there = join(dirname(path), companion);
    if (!lookups.has(name) && (await exists(there)))
      lookups.set(name, await readLookup(there, key));
  }
  for (const given of options.lookup) {
    const match = /^([^=]+)=(.+):([^:]+)$/.exec(given);
    if (match === null) {
      const remedy = 'Use name=file:key, such as categories=items.csv:item_id.';
      throw new CliError(`--lookup ${given} is not understood`, { remedy, exitCode: EXIT.usage });
    }
    const [, name = '', lookupFile = '', key = ''] = match;
    lookups.set(name, await readLookup(lookupFile, key));
  }
  return { file, importer, lookups, identity: `${importer.name} ${await contentHash(path)}` };
}

async function importerOf(
  file: SourceFile,
  options: SourceOptions,
  lookups: Map<string, Lookup>,
): Promise<Importer> {
  const shipped = MAPPINGS[file.path.split('/').at(-1) ?? ''];
  const automatic = options.format === 'auto' && shipped !== undefined;
  const mappingPath = options.mapping ?? (automatic ? fileURLToPath(shipped) : undefined);
  if (mappingPath !== undefined) {
    const mapping = await readMapping(mappingPath);
    for (const [name, { file: lookupFile, key }] of Object.entries(mapping.lookups)) {
      lookups.set(name, await readLookup(resolve(dirname(file.path), lookupFile), key));
    }
    return mappingImporter(mappingPath.split('/').at(-1) ?? mappingPath, mapping);
  }
  if (options.format !== 'auto') return importerNamed(options.format);
  const found = detectImporter(file);
  if (found !== undefined) return found;
  throw new CliError(
    `the format of ${file.path} is not known (columns: ${file.columns.join(', ')})`,
    {
      remedy: 'Give --format NAME or describe the table with --mapping FILE (docs/importers.md).',
      exitCode: EXIT.usage,
    },
  );
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

const HASHED_BYTES = 4 << 20;

/** Size, and a hash of the first and last 4 MiB: enough to tell files apart without reading terabytes. */
async function contentHash(path: string): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const hash = createHash('sha256').update(String(size));
    for (const start of [0, Math.max(0, size - HASHED_BYTES)]) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(HASHED_BYTES),
        0,
        HASHED_BYTES,
        start,
      );
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex').slice(0, 32);
  } finally {
    await handle.close();
  }
}
