import type { MetricPoint, MetricValue, MoneyAmount } from '@bytebasket/sdk';
import { harmless, widthOf } from './text-width.js';

const grouped = new Intl.NumberFormat('en-GB');

/** A point's value in one line of at most `width` cells where it can be shortened; `~` marks estimates. */
export function pointText(
  { value, approximate }: Pick<MetricPoint, 'value' | 'approximate'>,
  width = Number.POSITIVE_INFINITY,
): string {
  const mark = approximate ? '~' : '';
  switch (value.kind) {
    case 'count':
      return `${mark}${grouped.format(value.count)}`;
    case 'money':
      return `${mark}${moneyText(value.money)}`;
    case 'ratio':
      return `${mark}${(value.ratio * 100).toFixed(1)} %`;
    case 'top':
      return topText(value, width);
    case 'funnel':
      return funnelText(value, mark, width);
  }
}

type Top = Extract<MetricValue, { kind: 'top' }>;
type Funnel = Extract<MetricValue, { kind: 'funnel' }>;

/** `shoes (12), hats (~7)`: as many as fit, most frequent first. A count with an error is marked by itself. */
function topText({ entries }: Top, width: number): string {
  let line = '';
  for (const { value, count, errorMax } of entries) {
    const entry = `${harmless(value)} (${errorMax > 0 ? '~' : ''}${grouped.format(count)})`;
    const longer = line === '' ? entry : `${line}, ${entry}`;
    if (line !== '' && widthOf(longer) > width) return line;
    line = longer;
  }
  return line;
}

function funnelText(funnel: Funnel, mark: string, width: number): string {
  const steps = (['view', 'cart', 'checkout', 'order'] as const).map((step) => ({
    step,
    text: `${mark}${grouped.format(funnel[step])}`,
  }));
  const long = steps.map(({ step, text }) => `${step} ${text}`).join(' → ');
  return widthOf(long) <= width ? long : steps.map(({ text }) => text).join(' → ');
}

/**
 * `1,234.50 EUR`: rounded half away from zero to the decimals that the currency has (`--json` has every digit).
 * Decimals: ISO 4217 as Intl knows it, 2 for codes that it does not know.
 */
export function moneyText({ amount, currency }: MoneyAmount): string {
  const decimals = decimalsOf(currency);
  const negative = amount.startsWith('-');
  const [units = '0', fraction = ''] = amount.replace('-', '').split('.');
  const scaled = BigInt(`${units}${fraction.padEnd(decimals, '0').slice(0, decimals)}`);
  const rounded = scaled + (Number(fraction[decimals] ?? 0) >= 5 ? 1n : 0n);
  const digits = rounded.toString().padStart(decimals + 1, '0');
  const whole = grouped.format(BigInt(digits.slice(0, digits.length - decimals)));
  const rest = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${negative ? '-' : ''}${whole}${rest} ${currency}`;
}

/** How long ago, in the largest unit that fits: `5 s`, `3 min`, `2 h`, `4 d`. */
export function ageText(time: Date | undefined, nowMs: number): string {
  if (time === undefined) return '';
  const seconds = Math.max(0, Math.floor((nowMs - time.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

function decimalsOf(currency: string): number {
  if (!/^[A-Z]{3}$/.test(currency)) return 2;
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
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
    case 'top':
      return undefined;
  }
}
