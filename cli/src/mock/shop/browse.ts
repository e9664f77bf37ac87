import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../world.js';
import { productOf } from './basket.js';
import type { Item } from './catalogue.js';
import type { Visit } from './visit.js';

/** What a script yields while it waits, with a result in the end. */
export type Doing<T> = Generator<number, T, undefined>;

const LIST_LENGTH = 6;
const SHOWN = 4;
const DWELL_MEDIAN_MS = 16 * SECOND_MS;
const DWELL_MS_MAX = 0.2 * HOUR_MS;

/** How long somebody looks at a page. */
export function dwell({ world }: Visit): number {
  return Math.min(DWELL_MS_MAX, world.random.logNormal(DWELL_MEDIAN_MS, 0.9));
}

/** Opens a product page and looks at it. */
export function* view(visit: Visit, item: Item, listId?: string): Doing<void> {
  const { world } = visit;
  const product = productOf(world, item);
  visit.emit({ $case: 'productViewed', value: { product, ...(listId && { listId }) } });
  if (world.random.chance(0.015)) {
    yield 5 * SECOND_MS;
    visit.emit({ $case: 'productAddedToWishlist', value: { product } });
  }
  if (world.random.chance(0.005))
    visit.emit({ $case: 'productShared', value: { product, via: 'link' } });
  yield dwell(visit);
}

/** Looks at about `count` products, one after the other. Returns them in order. */
export function* browse(visit: Visit, count: number): Doing<Item[]> {
  const { random } = visit.world;
  const seen: Item[] = [];
  while (seen.length < count) {
    const last = seen.at(-1);
    const way = random.next();
    if (way < 0.16) {
      seen.push(...(yield* recommended(visit, last)));
      continue;
    }
    const item = nextItem(visit, last);
    if (way < 0.28) yield* search(visit, item);
    else if (way < 0.5) yield* fromList(visit, item);
    else yield* view(visit, item);
    seen.push(item);
  }
  return seen;
}

/** What somebody looks at next: mostly what goes with the item before, else what the own taste likes. */
export function nextItem({ world, tastes }: Visit, last?: Item): Item {
  const { random, catalogue } = world;
  const way = random.next();
  if (last !== undefined && last.related.length > 0 && way < 0.5) {
    // The first related ones are followed more often.
    const at = Math.floor(random.next() * random.next() * last.related.length);
    return last.related[at] ?? last;
  }
  if (way < 0.84) return catalogue.ofTaste(tastes[0])(random);
  if (way < 0.94) return catalogue.ofTaste(tastes[1])(random);
  return catalogue.popular(random);
}

function* search(visit: Visit, item: Item): Doing<void> {
  const query = item.name.replace(/^.*? (.*),.*$/, '$1');
  const resultCount = visit.world.random.int(1, 60);
  visit.emit({ $case: 'productsSearched', value: { query, resultCount } });
  yield 6 * SECOND_MS;
  visit.emit({
    $case: 'productClicked',
    value: { product: productOf(visit.world, item), position: visit.world.random.int(1, 8) },
  });
  yield SECOND_MS;
  yield* view(visit, item);
}

function* fromList(visit: Visit, item: Item): Doing<void> {
  const { world } = visit;
  const { random, catalogue } = world;
  const sampler = catalogue.ofCategory(item.categoryId);
  const position = random.int(1, LIST_LENGTH);
  const products = Array.from({ length: LIST_LENGTH }, (_, at) =>
    at === position - 1 ? item : sampler(random),
  ).map(({ productId, categoryId }) => ({ productId, categoryId }));
  const { categoryId } = item;
  const listId = `list-${categoryId}`;
  visit.emit({ $case: 'productListViewed', value: { listId, categoryId, products } });
  yield 10 * SECOND_MS;
  if (random.chance(0.15)) {
    const sorts = [{ type: 'price', value: random.pick(['asc', 'desc']) }];
    visit.emit({ $case: 'productListFiltered', value: { listId, categoryId, sorts } });
    yield 5 * SECOND_MS;
  }
  const product = productOf(world, item);
  visit.emit({ $case: 'productClicked', value: { product, listId, position } });
  yield SECOND_MS;
  yield* view(visit, item, listId);
}

/**
 * Recommendations come into view; what suits the visitor's taste is clicked far more often. Returns what was clicked and
 * then looked at: one item or none.
 */
export function* recommended(visit: Visit, last?: Item): Doing<Item[]> {
  const { world, tastes } = visit;
  const { random, catalogue } = world;
  const requestId = world.newId('r');
  const placement = last === undefined ? 'home' : 'product';
  const source = last === undefined ? 'popular' : 'related';
  const about = { requestId, source, placement, variant: 'mock' };
  const shown = Array.from({ length: SHOWN }, () =>
    last !== undefined && last.related.length > 0 && random.chance(0.7)
      ? random.pick(last.related)
      : catalogue.popular(random),
  );
  for (const [at, { productId: itemId }] of shown.entries()) {
    visit.emit({ $case: 'recommendationShown', value: { ...about, itemId, position: at + 1 } });
  }
  yield random.between(2 * SECOND_MS, MINUTE_MS / 2);
  for (const [at, item] of shown.entries()) {
    if (!random.chance(item.taste === tastes[0] ? 0.14 : 0.02)) continue;
    const { productId: itemId } = item;
    visit.emit({ $case: 'recommendationClicked', value: { ...about, itemId, position: at + 1 } });
    yield SECOND_MS;
    yield* view(visit, item);
    return [item];
  }
  return [];
}
