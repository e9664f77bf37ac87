import type { Random } from '../random.js';
import { samplerOf, zipf, type Sampler } from '../sampler.js';
import type { Cents } from './amount.js';
import { BRANDS, DEPARTMENTS, LOOKS, SMALL_THINGS, type Department } from './departments.js';

/** A product of the mock shop. */
export interface Item {
  readonly productId: string;
  readonly categoryId: string;
  readonly name: string;
  readonly brand: string;
  /** Moves now and then. */
  priceCents: Cents;
  /** Whether it can be bought now. */
  available: boolean;
  /** The taste that likes it most, from 0. */
  readonly taste: number;
  /** Products that go with it, the best first: 8, or fewer in a tiny catalogue. */
  readonly related: readonly Item[];
}

/** Groups of people who like the same things. */
export const TASTES = 6;

const RELATED = 8;
/** Products whose price begins here are worth stealing: the share of the catalogue below. */
const EXPENSIVE_FROM = 0.9;

/** What the shop sells, and who likes what. */
export interface Catalogue {
  readonly items: readonly Item[];
  /** Draws by popularity (Zipf) among all. */
  readonly popular: Sampler<Item>;
  /** Draws by popularity among what a taste likes. */
  readonly ofTaste: (taste: number) => Sampler<Item>;
  /** Draws by popularity among a category. */
  readonly ofCategory: (categoryId: string) => Sampler<Item>;
  /** Draws among the dearest tenth. */
  readonly expensive: Sampler<Item>;
  /** Draws among what costs a few coins. */
  readonly cheap: Sampler<Item>;
}

/** Makes a catalogue of `count` products (50 or more); its order is the order of popularity. */
export function makeCatalogue(random: Random, count: number): Catalogue {
  const drawDepartment = samplerOf(DEPARTMENTS, ({ share }) => share);
  const items = Array.from({ length: count }, (_, at) =>
    // The first ones make sure that every department exists.
    makeItem(random, { at, department: DEPARTMENTS[at] ?? drawDepartment(random) }),
  );
  for (const item of items) relate(random, item, items);
  const popular = zipf(0.9);
  const sampler = (some: readonly Item[]): Sampler<Item> =>
    samplerOf(some.length > 0 ? some : items, popular);
  const byTaste = Array.from({ length: TASTES }, (_, taste) =>
    sampler(items.filter((item) => item.taste === taste)),
  );
  const byCategory = new Map(
    DEPARTMENTS.map(({ id }) => [id, sampler(items.filter((item) => item.categoryId === id))]),
  );
  const everything = sampler(items);
  const prices = items.map(({ priceCents }) => priceCents).sort((a, b) => a - b);
  const dear = prices[Math.floor(prices.length * EXPENSIVE_FROM)] ?? 0;
  return {
    items,
    popular: everything,
    ofTaste: (taste) => byTaste[taste] ?? everything,
    ofCategory: (categoryId) => byCategory.get(categoryId) ?? everything,
    expensive: sampler(items.filter(({ priceCents }) => priceCents >= dear)),
    cheap: sampler(items.filter(({ categoryId }) => categoryId === SMALL_THINGS)),
  };
}

type MutableItem = Omit<Item, 'related'> & { related: Item[] };

function makeItem(
  random: Random,
  { at, department }: { readonly at: number; readonly department: Department },
): MutableItem {
  const noun = random.pick(department.nouns);
  const brand = random.pick(BRANDS);
  const whole = Math.max(1, random.logNormal(department.medianCents, department.spread) / 100);
  const home = DEPARTMENTS.indexOf(department) % TASTES;
  return {
    productId: `p-${String(at + 1).padStart(4, '0')}`,
    categoryId: department.id,
    name: `${brand} ${noun}, ${random.pick(LOOKS)}`,
    brand,
    priceCents: Math.round(whole) * 100 + random.pick([0, 49, 90, 95, 99]),
    // Most of a category appeals to one taste, the rest to anybody.
    taste: random.chance(0.7) ? home : random.int(0, TASTES - 1),
    available: true,
    related: [],
  };
}

/** Draws what goes with an item: mostly its taste, half of it from its category. */
function relate(random: Random, item: MutableItem, items: readonly Item[]): void {
  const liked = items.filter(({ taste }) => taste === item.taste);
  const near = liked.filter(({ categoryId }) => categoryId === item.categoryId);
  const found = new Set<Item>();
  for (let tries = 0; tries < 10 * RELATED && found.size < RELATED; tries++) {
    const drawn = random.pick(random.chance(0.5) ? near : random.chance(0.85) ? liked : items);
    if (drawn !== item) found.add(drawn);
  }
  item.related = [...found];
}
