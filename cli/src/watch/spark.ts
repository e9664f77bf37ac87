const BARS = '▁▂▃▄▅▆▇█';

/** A line of bars, one per number, from 0 to the largest; a blank for a missing one. */
export function spark(values: readonly (number | undefined)[]): string {
  const top = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === undefined) return ' ';
      const height = top === 0 ? 0 : Math.floor((Math.max(0, value) / top) * BARS.length);
      return BARS[Math.min(BARS.length - 1, height)] ?? ' ';
    })
    .join('');
}
