// Makes amounts add up, so that random orders are valid as well as wrong; counts in bigint, apart from the code under test.
import { create } from '@bufbuild/protobuf';
import type { DescMessage, Message } from '@bufbuild/protobuf';
import type { Random } from '../../support/random.js';

/** An amount as protobuf-es reads it. */
export interface Amount extends Message {
  currencyCode: string;
  units: bigint;
  nanos: number;
}

/** A line, an order or a refund as protobuf-es reads it. */
export interface Totals extends Message {
  total?: Amount;
  unitPrice?: Amount;
  quantity?: number;
  lines?: Totals[];
  shipping?: Amount;
  tax?: Amount;
  discount?: Amount;
}

const BILLION = 1_000_000_000n;

/** An amount in nanos; 0 when absent. */
export const nanosOf = (amount: Amount | undefined): bigint =>
  amount === undefined ? 0n : amount.units * BILLION + BigInt(amount.nanos);

/** Sum of the lines' totals in nanos. */
export function sumOfLines(lines: readonly Totals[]): bigint {
  let sum = 0n;
  for (const line of lines) sum += nanosOf(line.total);
  return sum;
}

/** What the parts of an order give, in nanos. */
export const orderParts = (order: Totals): bigint =>
  sumOfLines(order.lines ?? []) +
  nanosOf(order.shipping) +
  nanosOf(order.tax) -
  nanosOf(order.discount);

const parts: Readonly<Record<string, (message: Totals) => bigint>> = {
  'bytebasket.event.v1.LineItem': (line) =>
    nanosOf(line.unitPrice) * BigInt(line.quantity ?? 0) - nanosOf(line.discount),
  'bytebasket.event.v1.OrderCompleted': orderParts,
  'bytebasket.event.v1.OrderUpdated': orderParts,
  'bytebasket.event.v1.OrderRefunded': (refund) => sumOfLines(refund.lines ?? []),
};

const LIMIT = 10n ** 18n;

/** Sets the total of a line, an order or a refund to what its parts give: mostly, sometimes a little beside. */
export function balance(desc: DescMessage, message: Message, random: Random): void {
  const partsOf = parts[desc.typeName];
  const totals = message as Totals;
  if (partsOf === undefined || totals.total === undefined || random.chance(0.05)) return;
  const beside = random.chance(0.1) ? random.pick([1n, -1n, BILLION, -BILLION]) : 0n;
  if (partsOf(totals) < 0n) delete totals.discount;
  const wanted = partsOf(totals) + beside;
  if (wanted < 0n || wanted > LIMIT) return;
  const field = desc.field['total'];
  if (field?.message === undefined) throw new Error(`${desc.typeName} has no total`);
  const units = wanted / BILLION;
  const nanos = Number(wanted % BILLION);
  const init = { currencyCode: totals.total.currencyCode, units, nanos };
  totals.total = create(field.message, init as never) as Amount;
}
