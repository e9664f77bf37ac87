import { CliError, EXIT } from '../output/cli-error.js';
import { diginetica } from './diginetica.js';
import { eventJson } from './event-json.js';
import type { Importer } from './importer.js';
import { rees46 } from './rees46.js';
import { retailRocket } from './retail-rocket.js';
import type { SourceFile } from './rows-of.js';
import { segment } from './segment.js';
import { yoochoose } from './yoochoose.js';

/** Every format that is known by name. */
export const IMPORTERS: readonly Importer[] = [
  diginetica,
  yoochoose,
  retailRocket,
  rees46,
  segment,
  eventJson,
];

const NAMES = IMPORTERS.map((importer) => importer.name).join(', ');

export function importerNamed(name: string): Importer {
  const found = IMPORTERS.find((importer) => importer.name === name);
  if (found !== undefined) return found;
  throw new CliError(`format '${name}' is not known`, {
    remedy: `Use one of ${NAMES}, or describe the table with --mapping FILE.`,
    exitCode: EXIT.usage,
  });
}

/** The format of a file by its columns; undefined when none fits. A header-less file is told by its first values. */
export function detectImporter(file: SourceFile): Importer | undefined {
  const named = IMPORTERS.find((importer) => importer.detect(file.columns));
  if (named !== undefined) return named;
  const [session, time] = file.columns;
  const looksLikeClicks = /^\d+$/.test(session ?? '') && /^\d{4}-\d{2}-\d{2}T/.test(time ?? '');
  return file.shape === 'csv' && looksLikeClicks ? yoochoose : undefined;
}
