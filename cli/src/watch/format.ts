import type { MetricValue } from '@bytebasket/sdk';

const SPARK = '▁▂▃▄▅▆▇█';

const grouped = new Intl.NumberFormat('en-GB');

/** A value in a few characters. */
export function valueText(value: MetricValue): string {
  switch (value.kind) {
    case 'count':
      return grouped.format(value.count);
    case 'money':
      return `${amountText(value.money.amount)} ${value.money.currency}`;
    case 'ratio':
      return `${(value.ratio * 100).toFixed(1)} %`;
    case 'top':
      return value.entries
        .slice(0, 5)
        .map((entry) => `${entry.value} ${grouped.format(entry.count)}`)
        .join(' · ');
    case 'funnel':
      return [value.view, value.cart, value.checkout, value.order]
        .map((sessions) => grouped.format(sessions))
        .join(' → ');
  }
}

/** `1234.5` as `1,234.50`: two decimals at least, more only where they are not zero. */
function amountText(amount: string): string {
  const [units = '0', fraction = ''] = amount.split('.');
  const shown = fraction.replace(/0+$/, '').padEnd(2, '0');
  return `${grouped.format(BigInt(units))}.${shown}`;
}

/** A value as one number for a trend; undefined for lists. */
export function magnitude(value: MetricValue): number | undefined {
  switch (value.kind) {
    case 'count':
      return value.count;
    case 'money':
      return Number(value.money.amount);
    case 'ratio':
      return value.ratio;
    case 'funnel':
      return value.order;
    case 'top':
      return undefined;
  }
}

/** A line of bars, one per number, from 0 to the largest; a blank for a missing one. */
export function spark(values: readonly (number | undefined)[]): string {
  const top = Math.max(...values.map((value) => value ?? 0));
  if (top <= 0) return ' '.repeat(values.length);
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      return SPARK[Math.min(SPARK.length - 1, Math.floor((value / top) * SPARK.length))] ?? ' ';
    })
    .join('');
}

/** Text cut to a width in characters. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
