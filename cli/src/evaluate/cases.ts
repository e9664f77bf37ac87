import { LINE_CHARS_MAX, linesOf } from '../importers/readers/lines.js';
import { fileKind, textStream } from '../importers/readers/source.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** Items wanted where a case does not say, and the most it may say. */
export const K_DEFAULT = 20;
const K_MAX = 10_000;

/** A question: what comes after `prefix`? */
export interface SessionCase {
  /** As it was given: a text or a number. */
  readonly id: string | number;
  /** Oldest click first; may be empty. */
  readonly prefix: readonly string[];
  readonly k: number;
  /** Whether items of the prefix are left out. */
  readonly excludeSeen: boolean;
  /** Items were given as JSON numbers: they are answered so. */
  readonly numeric: boolean;
}

export type ReadCase = SessionCase | { readonly error: string; readonly line: number };

/** Streams the cases of a file (JSON lines, plain or gzip). Throws CliError when the file cannot be read. */
export async function* readCases(path: string): AsyncGenerator<ReadCase> {
  for await (const { number, text, tooLong } of caseLines(path)) {
    if (tooLong) {
      yield { line: number, error: `has more than ${LINE_CHARS_MAX} characters` };
    } else if (text.trim() !== '') {
      const parsed = parseCase(text);
      yield typeof parsed === 'string' ? { line: number, error: parsed } : parsed;
    }
  }
}

async function* caseLines(path: string) {
  try {
    const kind = await fileKind(path);
    if (kind === 'parquet') {
      throw new CliError(`--cases ${path} is Parquet: JSON lines are needed`, {
        remedy: 'Write {"case":…,"prefix":[…],"k":20,"exclude_seen":false} a line.',
        exitCode: EXIT.usage,
      });
    }
    yield* linesOf(textStream(path, kind), LINE_CHARS_MAX);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(`cannot read --cases ${path}: ${describeError(cause)}`, { cause });
  }
}

/** A case, or what is wrong with it. */
function parseCase(text: string): SessionCase | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `is not JSON (${error.message}): one object a line is needed`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'is not a JSON object: one object a line is needed';
  }
  return caseOf(value as Readonly<Record<string, unknown>>);
}

function caseOf(fields: Readonly<Record<string, unknown>>): SessionCase | string {
  const { case: id, prefix, k = K_DEFAULT, exclude_seen: excludeSeen = false } = fields;
  if (typeof id !== 'string' && typeof id !== 'number') return "has no 'case': a text or a number";
  if (!Array.isArray(prefix)) return "has no 'prefix': a list of items, oldest first";
  const items = prefix as readonly unknown[];
  const strange = items.find((item) => typeof item !== 'string' && typeof item !== 'number');
  if (strange !== undefined) {
    return `has ${JSON.stringify(strange)} in 'prefix': items are texts or numbers`;
  }
  if (typeof k !== 'number' || !Number.isInteger(k) || k < 1 || k > K_MAX) {
    return `has the k ${JSON.stringify(k)}: use a whole number from 1 to ${K_MAX}`;
  }
  if (typeof excludeSeen !== 'boolean') {
    return `has the exclude_seen ${JSON.stringify(excludeSeen)}: use true or false`;
  }
  const numeric = items.length > 0 && items.every((item) => typeof item === 'number');
  return { id, prefix: items.map(String), k, excludeSeen, numeric };
}
