import type { Placement, RecommendationList, RecommendationUpdate } from '@bytebasket/sdk';
import type { CliContext, ConnectionFlags } from '../commands/context.js';
import { ConnectionStatus } from './connection-status.js';
import { inWatch } from './in-watch.js';
import { LiveScreen } from './live-screen.js';
import {
  NO_RECOMMENDATIONS,
  RECOMMENDATION_COLUMNS,
  recommendationLine,
} from './recommendation-text.js';
import { tableLines } from './table.js';
import { harmless } from './text-width.js';
import { jsonLine, lineView, type View } from './view.js';

export interface WatchRecommendationsOptions extends ConnectionFlags {
  /** The device, the person, or both. */
  readonly visitor?: string | undefined;
  readonly user?: string | undefined;
  readonly placement: Placement;
  /** The page's product. */
  readonly item?: string | undefined;
  readonly limit: number;
  readonly json: boolean;
}

/** Follows what is recommended to a visitor until Ctrl-C: a live list on a terminal, a line per list elsewhere. */
export async function watchRecommendations(
  context: CliContext,
  options: WatchRecommendationsOptions,
): Promise<void> {
  const { visitor: anonymousId, user: userId, placement, item: itemId, limit } = options;
  await inWatch<RecommendationUpdate>(context, {
    flags: options,
    view: viewOf(context, options),
    follow: async ({ client, signal, show }) => {
      const query = { anonymousId, userId, placement, itemId, limit, signal };
      for await (const update of client.recommendations.watch(query)) await show(update);
    },
  });
}

function viewOf(
  context: CliContext,
  options: WatchRecommendationsOptions,
): View<RecommendationUpdate> {
  const { json } = options;
  if (!json && context.stdout.terminal) return liveView(context, options);
  const line = json ? jsonLine : recommendationLine;
  return lineView(context, (update) => (update.type === 'value' ? line(update.value) : undefined));
}

/** The newest list, redrawn in place. */
function liveView(
  context: CliContext,
  { visitor, user, placement }: WatchRecommendationsOptions,
): View<RecommendationUpdate> {
  let list: RecommendationList | undefined;
  const connection = new ConnectionStatus();
  const whom = harmless(user ?? visitor ?? '');
  const live = new LiveScreen(context, (screen) => {
    const status = `ByteBasket · ${placement} for ${whom} · ${connection.text(Date.now())} · Ctrl-C ends`;
    return tableLines(list?.items ?? [], {
      columns: RECOMMENDATION_COLUMNS,
      empty: list === undefined ? '' : NO_RECOMMENDATIONS,
      status,
      screen,
    });
  });
  return {
    take: (update) => {
      if (update.type === 'reconnecting') connection.broken(update);
      else connection.answered();
      if (update.type === 'value') list = update.value;
      return Promise.resolve();
    },
    close: () => live.close(),
  };
}
