import type { WatchUpdate } from '@bytebasket/sdk';
import type { CliContext } from '../commands/context.js';
import { ConnectionStatus } from './connection-status.js';
import { LiveScreen, type Screen } from './live-screen.js';
import { Newest } from './newest.js';
import type { View } from './view.js';

/** Things that a live view remembers; a terminal shows fewer. */
const THINGS_MAX = 1_000;

/** How a kind of thing is shown live. */
export interface ChangeViewOptions<Value> {
  readonly title: string;
  readonly idOf: (value: Value) => string;
  /** The lines of a screen; the things that changed last come first. */
  readonly lines: (
    values: readonly Value[],
    screen: Screen & { readonly status: string },
  ) => readonly string[];
}

/** A table of things, redrawn in place as they change. */
export function changeView<Value>(
  context: CliContext,
  { title, idOf, lines }: ChangeViewOptions<Value>,
): View<WatchUpdate<Value>> {
  const newest = new Newest<Value>(THINGS_MAX, idOf);
  const connection = new ConnectionStatus();
  const live = new LiveScreen(context, (screen) => {
    const status = `ByteBasket · ${title} · ${connection.text(Date.now())} · Ctrl-C ends`;
    return lines(newest.values(), { ...screen, status });
  });
  return {
    take: (update) => {
      if (update.type === 'value') newest.take(update.value);
      // The watch begins anew: what it does not send again may be out of date.
      if (update.type === 'gap') newest.clear();
      if (update.type === 'reconnecting') connection.broken(update);
      else if (update.type !== 'gap') connection.answered();
      return Promise.resolve();
    },
    close: () => live.close(),
  };
}
