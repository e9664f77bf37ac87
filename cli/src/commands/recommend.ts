import { type Command, Option } from 'commander';
import type { Placement } from '@bytebasket/sdk';
import { usageError } from '../output/cli-error.js';
import { NO_RECOMMENDATIONS, RECOMMENDATION_COLUMNS } from '../watch/recommendation-text.js';
import { tableLines } from '../watch/table.js';
import { jsonLine } from '../watch/view.js';
import { addConnectionOptions, type CliContext, type ConnectionFlags } from './context.js';
import { collected, wholeNumber } from './flag-values.js';
import { withServer } from './with-server.js';

const PLACEMENTS: readonly Placement[] = ['home', 'product', 'cart', 'after-order'];
const LIMIT = { default: 10, max: 100 };

/** What every question for recommendations may say. */
export interface RecommendFlags extends ConnectionFlags {
  readonly visitor?: string;
  readonly user?: string;
  readonly placement: Placement;
  readonly item?: string;
  readonly limit: number;
  readonly json: boolean;
}

/** Adds the flags of RecommendFlags. */
export function addRecommendOptions(command: Command): Command {
  command
    .option('--visitor <id>', "the visitor's device, the anonymous_id of its events")
    .option('--user <id>', 'the person, the user_id of the events')
    .addOption(
      new Option('--placement <place>', 'where the items are shown')
        .choices(PLACEMENTS)
        .default('home'),
    )
    .option('--item <id>', "the page's product, with --placement product")
    .option(
      '--limit <count>',
      `how many items (1 to ${LIMIT.max})`,
      wholeNumber(1, LIMIT.max),
      LIMIT.default,
    );
  return addConnectionOptions(command);
}

/** Throws a usage error for flags that make no sense together. */
export function checkRecommendFlags({ item, placement }: RecommendFlags): void {
  if ((item !== undefined) === (placement === 'product')) return;
  throw usageError(
    item === undefined ? '--placement product needs --item' : '--item needs --placement product',
    'Name the product of the page: --placement product --item p-1.',
  );
}

/** `bytebasket recommend`. */
export function registerRecommend(program: Command, context: CliContext): void {
  const command = program
    .command('recommend')
    .description('shows what is recommended to a visitor now, and why')
    .option('--viewed <id>', 'as if these were viewed last; may be given several times', collected)
    .option('--json', 'the list as JSON', false);
  type Flags = RecommendFlags & { readonly viewed?: readonly string[] };
  addRecommendOptions(command).action(async (flags: Flags) => {
    checkRecommendFlags(flags);
    const { visitor: anonymousId, user: userId, viewed: recentItemIds, json } = flags;
    if (anonymousId === undefined && userId === undefined && recentItemIds === undefined) {
      throw usageError('nobody is named', 'Name a --visitor, a --user, or items --viewed.');
    }
    const { placement, item: itemId, limit } = flags;
    const query = { anonymousId, userId, recentItemIds, placement, itemId, limit };
    const { stdout, signal } = context;
    const ask: Parameters<typeof withServer>[1]['ask'] = async ({ recommendations }) => {
      const list = await recommendations.get({ ...query, signal });
      if (json) return stdout.line(jsonLine(list));
      const columns = stdout.terminal ? stdout.columns() : 400;
      const screen = { columns, lines: Number.POSITIVE_INFINITY, colour: false };
      const table = { columns: RECOMMENDATION_COLUMNS, empty: NO_RECOMMENDATIONS, screen };
      for (const line of tableLines(list.items, table)) await stdout.line(line);
    };
    await withServer(context, { flags, ask });
  });
}
