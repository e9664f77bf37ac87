import { CliError, EXIT } from '../output/cli-error.js';
import type { MappedValue, Mapping } from './mapping-schema.js';
import type { SourceFile } from './rows-of.js';

/**
 * Checks a mapping against the file before any row is read: its format, every column that it names (JSON lines may leave
 * fields out, so theirs are not checked) and every lookup. Throws CliError that names the key and the value at fault.
 */
export function checkMapping(
  mapping: Mapping,
  file: SourceFile,
  { name, lookups }: { readonly name: string; readonly lookups: ReadonlySet<string> },
): void {
  const refuse = (what: string, remedy: string) =>
    new CliError(`mapping ${name}: ${what}`, { remedy, exitCode: EXIT.usage });
  if (mapping.format !== undefined && mapping.format !== file.shape) {
    throw refuse(
      `format is ${mapping.format}, but ${file.path} is ${file.shape}`,
      'Correct the mapping, or leave format out.',
    );
  }
  const known = new Set(file.columns);
  const columns = `Columns of ${file.path}: ${file.columns.join(', ')}.`;
  for (const { key, column, lookup } of uses(mapping)) {
    if (lookup !== undefined && !lookups.has(lookup)) {
      const there = [...lookups].join(', ') || 'none';
      throw refuse(`${key} uses lookup '${lookup}'`, `Lookups given: ${there}.`);
    }
    if (file.shape !== 'json' && !known.has(column)) {
      throw refuse(`${key} names column '${column}', which the file does not have`, columns);
    }
  }
}

interface Use {
  /** Where in the mapping. */
  readonly key: string;
  /** Column of the replayed file. */
  readonly column: string;
  readonly lookup?: string;
}

function uses(mapping: Mapping): Use[] {
  const { time, where, order, event } = mapping;
  return [
    { key: 'time.column', column: time.column },
    ...(where === undefined ? [] : [{ key: 'where.column', column: where.column }]),
    ...values({
      anonymous_id: mapping.anonymous_id,
      user_id: mapping.user_id,
      session_id: mapping.session_id,
      country: mapping.country,
      'order.id': order?.id,
      'order.product.id': order?.product.id,
      'order.product.category': order?.product.category,
      'order.product.brand': order?.product.brand,
      'order.product.name': order?.product.name,
      'order.quantity': order?.quantity,
      'order.total': order?.total,
      'order.currency': order?.currency,
    }),
    ...(order?.subtract ?? []).flatMap((value, at) => values({ [`order.subtract[${at}]`]: value })),
    ...Object.entries(event?.fields ?? {}).flatMap(([path, value]) =>
      values({ [`event.fields.${path}`]: value }),
    ),
  ];
}

function values(named: Readonly<Record<string, MappedValue | undefined>>): Use[] {
  return Object.entries(named).flatMap(([key, value]) => {
    if (value === undefined || 'constant' in value) return [];
    if ('lookup' in value) return [{ key, column: value.key, lookup: value.lookup }];
    return [{ key, column: value.column }];
  });
}
