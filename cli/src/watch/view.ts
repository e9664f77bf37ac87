import type { Reconnecting } from '@bytebasket/sdk';
import type { CliContext } from '../commands/context.js';

/** What shows the updates of a watch. */
export interface View<Update> {
  take(update: Update): Promise<void>;
  close(): Promise<void>;
}

/** Every watch tells its breaks; what else it tells differs. */
export type WatchedUpdate = { readonly type: string } | Reconnecting;

/** Says that there is no connection, and when the next attempt is. */
export function reconnectingText({ attempt, delayMs }: Reconnecting, before: boolean): string {
  const what = before ? 'connection lost' : 'no connection yet';
  const when = delayMs < 1000 ? 'now' : `in ${Math.round(delayMs / 1000)} s`;
  return `${what}, attempt ${attempt} ${when}`;
}

export function isReconnecting(update: WatchedUpdate): update is Reconnecting {
  return update.type === 'reconnecting';
}

/** One line per update that has one, for scripts and logs; a break and its end are told once each. */
export function lineView<Update extends WatchedUpdate>(
  { stdout, stderr }: CliContext,
  line: (update: Exclude<Update, Reconnecting>) => string | undefined,
): View<Update> {
  let before = false;
  let lost = false;
  return {
    take: async (update) => {
      if (isReconnecting(update)) {
        if (!lost) await stderr.line(reconnectingText(update, before));
        lost = true;
        return;
      }
      // A gap is told between a break and the new connection.
      if (update.type === 'gap') {
        await stderr.line('changes may be missing: starting anew');
        return;
      }
      if (lost) await stderr.line('connected');
      before = true;
      lost = false;
      const text = line(update as Exclude<Update, Reconnecting>);
      if (text !== undefined) await stdout.line(text);
    },
    close: () => Promise.resolve(),
  };
}

/** Everything there is, on one line; 64-bit numbers as text. */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'bigint' ? part.toString() : part,
  );
}
