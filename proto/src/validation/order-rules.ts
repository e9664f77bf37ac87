// The rules between the amounts of a line, an order and a refund, by hand. Amounts are counted in nanos as bigint: exact.
import type {
  OrderCompleted,
  OrderRefunded,
  OrderUpdated,
} from '../../gen/bytebasket/event/v1/order.js';
import type { LineItem } from '../../gen/bytebasket/event/v1/product.js';
import type { Money } from '../../gen/google/type/money.js';
import { moneyNanos, showMoney, showNanos } from './show.js';
import type { Finding, Findings } from './violation.js';

type Order = OrderCompleted | OrderUpdated;

/** Fields of an absent message read as zero in CEL. */
const currencyOf = (money: Money | undefined): string => money?.currencyCode ?? '';
const nanosOf = (money: Money | undefined): bigint =>
  money === undefined ? 0n : moneyNanos(money);

const sameCurrency = (money: Money | undefined, currency: string): boolean =>
  money === undefined || money.currencyCode === currency;

const linesHaveCurrency = (lines: readonly LineItem[], currency: string): boolean =>
  lines.every((line) => currencyOf(line.total) === currency);

/** Rule `line_item.one_currency`. */
export function lineItemOneCurrency(line: LineItem): boolean {
  const currency = currencyOf(line.total);
  return sameCurrency(line.unitPrice, currency) && sameCurrency(line.discount, currency);
}

const lineNanos = (line: LineItem): bigint =>
  nanosOf(line.unitPrice) * BigInt(line.quantity) - nanosOf(line.discount);

/** Rule `line_item.adds_up`: total = unit_price x quantity - discount, where unit_price is given. */
export function lineItemAddsUp(line: LineItem): boolean {
  return line.unitPrice === undefined || nanosOf(line.total) === lineNanos(line);
}

/** Says what a line's parts give against what it claims. */
export function lineItemAmounts(line: LineItem): { what: string; value: string; expected: string } {
  const expected = showNanos(currencyOf(line.unitPrice), lineNanos(line));
  const value = showMoney(line.total);
  return { what: `has a total of ${value}, its parts give ${expected}`, value, expected };
}

/** Rule `order.one_currency`. */
export function orderOneCurrency(order: Order): boolean {
  const currency = currencyOf(order.total);
  return (
    linesHaveCurrency(order.lines, currency) &&
    sameCurrency(order.shipping, currency) &&
    sameCurrency(order.tax, currency) &&
    sameCurrency(order.discount, currency)
  );
}

/** Rule `refund.one_currency`. */
export function refundOneCurrency(refund: OrderRefunded): boolean {
  return linesHaveCurrency(refund.lines, currencyOf(refund.total));
}

const sumOfLines = (lines: readonly LineItem[]): bigint =>
  lines.reduce((sum, line) => sum + nanosOf(line.total), 0n);

/** Builds the finding of a total that its parts contradict. */
function mismatch(
  total: Money | undefined,
  parts: string,
  by: [string, string, bigint],
): [Finding] {
  const [rule, remedy, nanos] = by;
  const value = showMoney(total);
  const expected = showNanos(currencyOf(total), nanos);
  const what = `is ${value}, ${parts} ${expected}`;
  return [{ field: 'total', rule, what, remedy, value, expected }];
}

/**
 * Rule `order.total_adds_up`, which CEL cannot express: sum of the lines' totals + shipping + tax - discount = total,
 * exactly. Runs only on an order that breaks no other rule, so its amounts are in range and of one currency.
 */
export function orderTotalAddsUp(order: Order): Findings {
  const parts =
    sumOfLines(order.lines) +
    nanosOf(order.shipping) +
    nanosOf(order.tax) -
    nanosOf(order.discount);
  if (parts === nanosOf(order.total)) return undefined;
  const remedy = 'make lines + shipping + tax - discount equal to the total';
  return mismatch(order.total, 'its parts give', ['order.total_adds_up', remedy, parts]);
}

/**
 * Rule `refund.lines_within_total`, which CEL cannot express: the sum of the lines' totals is at most the total. Runs only
 * on a refund that breaks no other rule.
 */
export function refundLinesWithinTotal(refund: OrderRefunded): Findings {
  const lines = sumOfLines(refund.lines);
  if (lines <= nanosOf(refund.total)) return undefined;
  const remedy = 'refund at least what the lines add up to';
  return mismatch(refund.total, 'its lines give', ['refund.lines_within_total', remedy, lines]);
}

/** Says which currencies a line, an order or a refund mixes. */
export function currencies(message: LineItem | Order | OrderRefunded): {
  what: string;
  value: string;
} {
  const amounts: readonly (Money | undefined)[] =
    'lines' in message
      ? [message.total, ...message.lines.map((line) => line.total)]
      : [message.total, message.unitPrice, message.discount];
  const parts = 'shipping' in message ? [message.shipping, message.tax, message.discount] : [];
  const names = [...amounts, ...parts]
    .map((money) => currencyOf(money))
    .filter((name) => name !== '');
  const value = [...new Set(names)].slice(0, 5).join(', ');
  return { what: `mixes ${value}`, value };
}
