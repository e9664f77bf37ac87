/** How busy each hour of a day is (UTC), on average 1: quiet nights, a small peak at noon, the great one in the evening. */
const HOURS: readonly number[] = [
  0.5, 0.36, 0.3, 0.3, 0.32, 0.4, 0.56, 0.78, 0.98, 1.12, 1.2, 1.24, 1.3, 1.22, 1.14, 1.12, 1.16,
  1.28, 1.46, 1.66, 1.78, 1.68, 1.28, 0.86,
];

/** How busy each weekday is, Sunday first, on average 1. */
const WEEKDAYS: readonly number[] = [1.16, 1.06, 0.96, 0.94, 0.94, 0.92, 1.02];

const HOUR_MS = 3_600_000;

/**
 * How busy the shop is at a moment, against its average over a week: 0.28 to 2.1, without steps between the hours.
 */
export function seasonAt(timeMs: number): number {
  const hours = timeMs / HOUR_MS;
  const hour = ((Math.floor(hours) % 24) + 24) % 24;
  const into = hours - Math.floor(hours);
  const now = HOURS[hour] ?? 1;
  const next = HOURS[(hour + 1) % 24] ?? 1;
  const weekday = WEEKDAYS[new Date(timeMs).getUTCDay()] ?? 1;
  return (now + (next - now) * into) * weekday;
}
