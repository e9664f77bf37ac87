import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { Channel } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import {
  rowByRow,
  type ImportedEvent,
  type Importer,
  type ImportPass,
  type ImportSettings,
} from './importer.js';
import type { NumberedRow } from './importer.js';
import type { MappedValue, Mapping } from './mapping-schema.js';
import { nanosOf } from './money.js';
import { OrderGroups } from './order-groups.js';
import { product } from './payloads.js';
import { eventOfProtoJson } from './proto-json.js';
import { asId, quantity, RowError, text, timeMs, type SourceRow } from './row.js';

type Resolve = (row: SourceRow, mapped: MappedValue | undefined) => string;

/** A looked-up row that does not exist gives an empty value: an unknown product has no category. */
function resolver({ lookups }: ImportSettings): Resolve {
  return (row, mapped) => {
    if (mapped === undefined) return '';
    if ('constant' in mapped) return String(mapped.constant);
    if (!('lookup' in mapped)) return text(row, mapped.column) ?? '';
    const found = lookups.get(mapped.lookup)?.get(text(row, mapped.key) ?? '');
    return found === undefined ? '' : (text(found, mapped.column) ?? '');
  };
}

function envelope(mapping: Mapping, row: SourceRow, resolve: Resolve) {
  const anonymousId = asId(resolve(row, mapping.anonymous_id));
  if (anonymousId === '') throw new RowError('anonymous_id', 'is empty: every event needs one');
  const channel = mapping.channel?.toUpperCase() as keyof typeof Channel | undefined;
  return {
    anonymousId,
    userId: asId(resolve(row, mapping.user_id)),
    sessionId: asId(resolve(row, mapping.session_id)),
    context: Event.fromPartial({
      context: {
        country: resolve(row, mapping.country),
        ...(channel === undefined ? {} : { channel: Channel[channel] }),
      },
    }).context,
  };
}

function orders(
  mapping: Mapping,
  rule: NonNullable<Mapping['order']>,
  resolve: Resolve,
): ImportPass {
  const groups = new OrderGroups(rule.close_after_seconds * 1000);
  const line = (row: SourceRow) => {
    const subtracted = (rule.subtract ?? []).reduce(
      (sum, mapped) => sum + nanosOf(resolve(row, mapped) || '0', 'subtract'),
      0n,
    );
    const total = nanosOf(resolve(row, rule.total), 'total') - subtracted;
    if (total < 0n) throw new RowError('total', 'is below 0: returns are no orders');
    const count = rule.quantity === undefined ? '1' : resolve(row, rule.quantity);
    return {
      product: product(asId(resolve(row, rule.product.id)), {
        categoryId: asId(resolve(row, rule.product.category)),
        brand: resolve(row, rule.product.brand),
        name: resolve(row, rule.product.name),
      }),
      quantity: quantity({ quantity: count }, 'quantity'),
      total,
    };
  };
  return {
    row: ({ row }) => {
      const key = {
        orderId: asId(resolve(row, rule.id)),
        timeMs: timeMs(row, mapping.time.column, mapping.time.format),
        currency: resolve(row, rule.currency),
        envelope: envelope(mapping, row, resolve),
      };
      if (key.orderId === '') throw new RowError('order.id', 'is empty: a value is needed');
      return groups.add(key, line(row));
    },
    end: () => groups.end(),
    notes: () => [],
  };
}

/** Puts a value at a path such as `product.product_id` of proto JSON. */
function put(target: Record<string, unknown>, path: string, value: string): void {
  const names = path.split('.');
  let at = target;
  for (const name of names.slice(0, -1)) {
    const next = (at[name] ?? {}) as Record<string, unknown>;
    at[name] = next;
    at = next;
  }
  at[names.at(-1) ?? ''] = value;
}

function single(
  mapping: Mapping,
  rule: NonNullable<Mapping['event']>,
  resolve: Resolve,
): ImportPass {
  return rowByRow(({ number, row }: NumberedRow): ImportedEvent[] => {
    const payload: Record<string, unknown> = {};
    for (const [path, mapped] of Object.entries(rule.fields)) {
      const value = resolve(row, mapped);
      if (value !== '') put(payload, path, value);
    }
    const event = eventOfProtoJson({ [rule.payload]: payload });
    const time = timeMs(row, mapping.time.column, mapping.time.format);
    return [
      {
        source: `row ${number}`,
        timeMs: time,
        event: { ...envelope(mapping, row, resolve), payload: event.payload },
      },
    ];
  });
}

/** An importer for any table, as a mapping file describes it. */
export function mappingImporter(name: string, mapping: Mapping): Importer {
  return {
    name,
    description: `the mapping ${name}`,
    ...(mapping.delimiter === undefined ? {} : { delimiter: mapping.delimiter }),
    detect: () => true,
    open: (settings) => {
      const resolve = resolver(settings);
      const pass =
        mapping.order !== undefined
          ? orders(mapping, mapping.order, resolve)
          : single(mapping, mapping.event ?? { payload: '', fields: {} }, resolve);
      const { where } = mapping;
      if (where === undefined) return pass;
      return {
        ...pass,
        row: (numbered) =>
          where.in.includes(text(numbered.row, where.column) ?? '') ? pass.row(numbered) : [],
      };
    },
  };
}
