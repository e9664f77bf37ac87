import { LINE_CHARS_MAX, linesOf } from '../importers/readers/lines.js';
import { fileKind, textStream } from '../importers/readers/source.js';
import { CliError, EXIT } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** A click of the training file. */
export interface TrainRow {
  readonly session: string;
  readonly position: number;
  readonly item: string;
  /** Seconds; undefined when the file has no such column. */
  readonly timeS: number | undefined;
}

/** A row, or what is wrong with its line. */
export type ReadTrainRow = TrainRow | { readonly error: string; readonly line: number };

const NAMES = ['session_id', 'pos', 'item_id', 'time_s'] as const;
const EXPECTED = 'session_id,pos,item_id or session_id,pos,item_id,time_s';
const ITEM_CHARS_MAX = 256;

/** Where each column is; -1 when it is not there. */
type Columns = Readonly<Record<(typeof NAMES)[number], number>> & { readonly count: number };

/**
 * Streams the clicks of a training file (CSV, plain or gzip): with a header its columns may have any order and others
 * beside them; without one they are session_id, pos, item_id and, if there is a fourth, time_s. Throws CliError when the
 * file cannot be read, or its first line is neither.
 */
export async function* readTrainRows(path: string): AsyncGenerator<ReadTrainRow> {
  let columns: Columns | undefined;
  for await (const { number, text, tooLong } of trainLines(path)) {
    if (tooLong) {
      yield { line: number, error: `has more than ${LINE_CHARS_MAX} characters` };
      continue;
    }
    if (text.trim() === '') continue;
    const fields = fieldsOf(text);
    if (columns === undefined) {
      const header = headerOf(fields);
      columns = header ?? plainColumns(path, fields);
      if (header !== undefined) continue;
    }
    const row = rowOf(fields, columns);
    yield typeof row === 'string' ? { line: number, error: row } : row;
  }
}

async function* trainLines(path: string) {
  try {
    const kind = await fileKind(path);
    if (kind === 'parquet') {
      throw new CliError(`--train ${path} is Parquet: a CSV file is needed`, {
        remedy: `Write it as ${EXPECTED}.`,
        exitCode: EXIT.usage,
      });
    }
    yield* linesOf(textStream(path, kind), LINE_CHARS_MAX);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError(`cannot read --train ${path}: ${describeError(cause)}`, { cause });
  }
}

/** The fields of a line; quotes hold commas, two of them mean one. */
function fieldsOf(text: string): string[] {
  if (!text.includes('"')) return text.split(',');
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '"' && quoted && text[at + 1] === '"') {
      field += char;
      at++;
    } else if (char === '"') {
      quoted = !quoted;
    } else if (char === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else {
      field += char;
    }
  }
  return [...fields, field];
}

function headerOf(fields: readonly string[]): Columns | undefined {
  const names = fields.map((field) => field.trim().toLowerCase());
  const [session_id, pos, item_id, time_s] = NAMES.map((name) => names.indexOf(name));
  if (session_id === undefined || pos === undefined || item_id === undefined) return undefined;
  if (Math.min(session_id, pos, item_id) < 0) return undefined;
  return { session_id, pos, item_id, time_s: time_s ?? -1, count: fields.length };
}

function plainColumns(path: string, fields: readonly string[]): Columns {
  const count = fields.length;
  const columns = { session_id: 0, pos: 1, item_id: 2, time_s: count === 4 ? 3 : -1, count };
  const readable = (count === 3 || count === 4) && typeof rowOf(fields, columns) !== 'string';
  if (readable) return columns;
  throw new CliError(`--train ${path} begins with '${fields.join(',').slice(0, 80)}'`, {
    remedy: `Give a header or rows of ${EXPECTED}.`,
    exitCode: EXIT.usage,
  });
}

/** A row, or what is wrong with it. */
function rowOf(fields: readonly string[], columns: Columns): TrainRow | string {
  if (fields.length !== columns.count) {
    return `has ${fields.length} fields where ${columns.count} are expected`;
  }
  const session = (fields[columns.session_id] ?? '').trim();
  const item = (fields[columns.item_id] ?? '').trim();
  const pos = fields[columns.pos] ?? '';
  const time = columns.time_s < 0 ? undefined : (fields[columns.time_s] ?? '');
  if (session === '') return 'has no session_id';
  if (item === '') return 'has no item_id';
  if (item.length > ITEM_CHARS_MAX) {
    return `has an item_id of ${item.length} characters: at most ${ITEM_CHARS_MAX} are kept`;
  }
  const position = numberOf(pos);
  if (position === undefined) return `has the pos '${pos}': a number is needed`;
  const timeS = time === undefined ? undefined : numberOf(time);
  if (time !== undefined && timeS === undefined) {
    return `has the time_s '${time}': a number of seconds is needed`;
  }
  return { session, position, item, timeS };
}

function numberOf(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}
