import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Importer, Lookup } from '../importers/importer.js';
import { readLookup } from '../importers/lookups.js';
import { mappingImporter } from '../importers/mapping.js';
import { checkMapping } from '../importers/mapping-columns.js';
import { readMapping } from '../importers/mapping-schema.js';
import { detectImporter, importerNamed } from '../importers/registry.js';
import type { SourceFile } from '../importers/rows-of.js';
import { CliError, EXIT, usageError } from '../output/cli-error.js';
import type { SourceOptions } from './sources.js';

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

/** What reads a file. */
export interface SourceImporter {
  readonly importer: Importer;
  readonly lookups: ReadonlyMap<string, Lookup>;
}

/** Whether a file can be read without being told how. */
export function knownFile(file: SourceFile): boolean {
  return MAPPINGS[basename(file.path)] !== undefined || detectImporter(file) !== undefined;
}

/** The importer of a file with its second tables: as the options say, else by the file's name and columns. */
export async function importerOf(
  file: SourceFile,
  options: SourceOptions,
): Promise<SourceImporter> {
  const lookups = await lookupsOf(options);
  const shipped = options.format === 'auto' ? MAPPINGS[basename(file.path)] : undefined;
  const mappingPath =
    options.mapping === undefined
      ? shipped && fileURLToPath(shipped)
      : resolve(options.cwd, options.mapping);
  if (mappingPath !== undefined) return await mapped(file, mappingPath, lookups);
  const importer = options.format === 'auto' ? detected(file) : importerNamed(options.format);
  for (const { name, file: companion, key } of COMPANIONS[importer.name] ?? []) {
    const path = join(dirname(file.path), companion);
    if (!lookups.has(name) && (await exists(path))) lookups.set(name, await readLookup(path, key));
  }
  return { importer, lookups };
}

/** The tables of `--lookup`. */
async function lookupsOf({ lookup, cwd }: SourceOptions): Promise<Map<string, Lookup>> {
  const lookups = new Map<string, Lookup>();
  for (const given of lookup) {
    const match = /^([^=]+)=(.+):([^:]+)$/.exec(given);
    if (match === null) {
      const remedy = 'Use name=file:key, such as categories=items.csv:item_id.';
      throw usageError(`--lookup ${given} is not understood`, remedy);
    }
    const [, name = '', path = '', key = ''] = match;
    lookups.set(name, await readLookup(resolve(cwd, path), key));
  }
  return lookups;
}

async function mapped(
  file: SourceFile,
  path: string,
  lookups: Map<string, Lookup>,
): Promise<SourceImporter> {
  const name = basename(path);
  const mapping = await readMapping(path);
  const declared = Object.entries(mapping.lookups);
  checkMapping(mapping, file, {
    name,
    lookups: new Set([...lookups.keys(), ...declared.map(([lookup]) => lookup)]),
  });
  for (const [lookup, { file: table, key }] of declared) {
    // What the command line gives under the same name is meant to replace it.
    if (lookups.has(lookup)) continue;
    lookups.set(lookup, await readLookup(resolve(dirname(file.path), table), key));
  }
  return { importer: mappingImporter(name, mapping), lookups };
}

function detected(file: SourceFile): Importer {
  const found = detectImporter(file);
  if (found !== undefined) return found;
  const columns = file.columns.join(', ');
  throw new CliError(`the format of ${file.path} is not known (columns: ${columns})`, {
    remedy: 'Give --format NAME or describe the table with --mapping FILE (docs/importers.md).',
    exitCode: EXIT.usage,
  });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
