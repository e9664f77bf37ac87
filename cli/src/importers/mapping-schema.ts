import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { CliError, EXIT } from '../output/cli-error.js';

/** A value of an event: a column's, a constant, or a column of a looked-up row. */
const value = z.union([
  z.strictObject({ column: z.string().min(1) }),
  z.strictObject({ constant: z.union([z.string(), z.number(), z.boolean()]) }),
  z.strictObject({ lookup: z.string().min(1), key: z.string().min(1), column: z.string().min(1) }),
]);

const order = z.strictObject({
  id: value,
  product: z.strictObject({
    id: value,
    category: value.optional(),
    brand: value.optional(),
    name: value.optional(),
  }),
  quantity: value.optional(),
  total: value,
  currency: value,
  /** Amounts taken off a line's total, such as a coupon that the source lists apart. */
  subtract: z.array(value).max(10).optional(),
  close_after_seconds: z.number().int().min(0).max(86_400).default(60),
});

const schema = z.strictObject({
  /** What the file must be; anything when absent. */
  format: z.enum(['csv', 'json', 'parquet']).optional(),
  delimiter: z.string().length(1).optional(),
  time: z.strictObject({
    column: z.string().min(1),
    format: z.enum(['iso', 'unix-s', 'unix-ms', 'date']).default('iso'),
  }),
  anonymous_id: value,
  user_id: value.optional(),
  session_id: value.optional(),
  country: value.optional(),
  channel: z
    .enum([
      'direct',
      'organic_search',
      'paid_search',
      'social',
      'email',
      'referral',
      'affiliate',
      'display',
      'store',
    ])
    .optional(),
  /** Rows to take: column equals one of the texts. */
  where: z.strictObject({ column: z.string().min(1), in: z.array(z.string()).min(1) }).optional(),
  /** One event per row: payload by its proto name, fields by path. */
  event: z
    .strictObject({ payload: z.string().min(1), fields: z.record(z.string(), value) })
    .optional(),
  /** Or lines gathered into orders. */
  order: order.optional(),
  lookups: z
    .record(z.string(), z.strictObject({ file: z.string().min(1), key: z.string().min(1) }))
    .default({}),
});

/** A mapping file as read. */
export type Mapping = z.infer<typeof schema>;
export type MappedValue = z.infer<typeof value>;

/** Reads and checks a mapping file. Throws CliError that names the file, the key and what is wrong with it. */
export async function readMapping(path: string): Promise<Mapping> {
  const refuse = (what: string, cause?: unknown) =>
    new CliError(`mapping ${path}: ${what}`, {
      remedy: 'docs/importers.md lists every key.',
      exitCode: EXIT.usage,
      ...(cause === undefined ? {} : { cause }),
    });
  let content: unknown;
  try {
    content = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), error);
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.join('.') || basename(path)}: ${issue?.message ?? 'is not valid'}`);
  }
  if ((parsed.data.event === undefined) === (parsed.data.order === undefined)) {
    throw refuse('exactly one of `event` and `order` is needed');
  }
  return parsed.data;
}
