import type { MetricDimension, MetricPoint, MetricResolution, MetricUpdate } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';

export interface WatchMetricsOptions extends ConnectionFlags {
  readonly metrics: readonly string[];
  readonly resolution: MetricResolution;
  readonly by?: MetricDimension | undefined;
  readonly values: readonly string[];
  readonly json: boolean;
  readonly once: boolean;
}

/** What shows the updates of a watch. */
export interface View {
  /** Windows before the current one that it needs; undefined for the default of a watch, one. */
  readonly windowsBefore: number | undefined;
  take(update: MetricUpdate): Promise<void>;
  close(): Promise<void>;
}

type Reconnecting = Extract<MetricUpdate, { type: 'reconnecting' }>;

/** Says that there is no connection, and when the next attempt is. */
export function reconnectingText({ attempt, delayMs }: Reconnecting, before: boolean): string {
  const what = before ? 'connection lost' : 'no connection yet';
  const when = delayMs < 1000 ? 'now' : `in ${Math.round(delayMs / 1000)} s`;
  return `${what}, attempt ${attempt} ${when}`;
}

/** One line per change, for scripts and logs; a break and its end are told once each. */
export function lineView(
  { stdout, stderr }: CliContext,
  line: (point: MetricPoint) => string,
): View {
  let before = false;
  let lost = false;
  return {
    windowsBefore: undefined,
    take: async (update) => {
      if (update.type === 'reconnecting') {
        if (!lost) await stderr.line(reconnectingText(update, before));
        lost = true;
        return;
      }
      if (lost) await stderr.line('connected');
      before = true;
      lost = false;
      if (update.type === 'value') await stdout.line(line(update.point));
    },
    close: () => Promise.resolve(),
  };
}
