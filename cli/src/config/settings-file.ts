import { readFile } from 'node:fs/promises';
import { usageError } from '../output/cli-error.js';

/** A leaf of the file: `retention.updates.ageMaxHours` with what YAML made of it. */
export interface FileEntry {
  readonly key: string;
  readonly raw: unknown;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** Reads a YAML file of nested settings as a flat list. Throws a usage error that names file and line. */
export async function readSettingsFile(path: string): Promise<readonly FileEntry[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    throw usageError(
      `cannot read the settings file ${path} (${code ?? String(cause)})`,
      'Give the right path with --config, or copy config/bytebasket.example.yml.',
    );
  });
  return parseSettingsText(text, path);
}

/** `path` is only for messages. */
export async function parseSettingsText(text: string, path: string): Promise<readonly FileEntry[]> {
  // YAML is loaded only when there is a file: it would cost every start 20 ms.
  const { isMap, isScalar, LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw usageError(
      `${path}:${lines.linePos(problem.pos[0]).line}: ${firstLine(problem.message)}`,
    );
  }
  const entries: FileEntry[] = [];
  const walk = (node: unknown, prefix: string, line: number): void => {
    if (!isMap(node)) {
      entries.push({ key: prefix, raw: isScalar(node) ? node.value : undefined, line });
      return;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const at = isScalar(key) && key.range ? lines.linePos(key.range[0]).line : line;
      walk(value, prefix === '' ? name : `${prefix}.${name}`, at);
    }
  };
  // An empty file, or one with comments only, sets nothing.
  if (document.contents === null) return entries;
  if (!isMap(document.contents)) {
    throw usageError(`${path} is not a map of settings`, 'Write lines such as `port: 50051`.');
  }
  walk(document.contents, '', 1);
  return entries;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
