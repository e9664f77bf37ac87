/** A category of the mock shop: what its products are called and cost. */
export interface Department {
  readonly id: string;
  readonly nouns: readonly string[];
  /** Half of the products cost less; in hundredths. */
  readonly medianCents: number;
  /** Deviation of the logarithm of the prices. */
  readonly spread: number;
  /** Share of the catalogue. */
  readonly share: number;
}

/** The category of what costs a few coins and comes as a letter. */
export const SMALL_THINGS = 'small-things';

export const DEPARTMENTS: readonly Department[] = [
  {
    id: 'kitchen',
    nouns: ['kettle', 'pan', 'chef’s knife', 'coffee grinder', 'casserole', 'scales'],
    medianCents: 4_500,
    spread: 0.6,
    share: 12,
  },
  {
    id: 'garden',
    nouns: ['secateurs', 'watering can', 'planter', 'hammock', 'fire bowl', 'hose'],
    medianCents: 3_500,
    spread: 0.7,
    share: 10,
  },
  {
    id: 'toys',
    nouns: ['building blocks', 'puzzle', 'board game', 'train set', 'kite', 'plush bear'],
    medianCents: 2_500,
    spread: 0.5,
    share: 10,
  },
  {
    id: 'books',
    nouns: ['novel', 'cookbook', 'atlas', 'thriller', 'field guide', 'biography'],
    medianCents: 1_600,
    spread: 0.35,
    share: 12,
  },
  {
    id: 'sports',
    nouns: ['running shoes', 'yoga mat', 'dumb-bells', 'rucksack', 'racket', 'bottle'],
    medianCents: 5_500,
    spread: 0.6,
    share: 11,
  },
  {
    id: 'fashion',
    nouns: ['jumper', 'raincoat', 'jeans', 'scarf', 'trainers', 'shirt'],
    medianCents: 5_000,
    spread: 0.55,
    share: 14,
  },
  {
    id: 'phones',
    nouns: ['smartphone', 'phone case', 'charger', 'power bank', 'earbuds'],
    medianCents: 9_000,
    spread: 1.1,
    share: 8,
  },
  {
    id: 'computers',
    nouns: ['laptop', 'keyboard', 'monitor', 'mouse', 'router', 'graphics card'],
    medianCents: 19_000,
    spread: 0.9,
    share: 7,
  },
  {
    id: 'beauty',
    nouns: ['face cream', 'shampoo', 'perfume', 'soap', 'hairbrush'],
    medianCents: 1_900,
    spread: 0.6,
    share: 8,
  },
  {
    id: 'jewellery',
    nouns: ['watch', 'ring', 'necklace', 'earrings'],
    medianCents: 14_000,
    spread: 0.8,
    share: 4,
  },
  {
    id: SMALL_THINGS,
    nouns: ['gift tag', 'sticker sheet', 'sample', 'shoelaces', 'greeting card'],
    medianCents: 220,
    spread: 0.35,
    share: 4,
  },
];

export const BRANDS: readonly string[] = [
  'Alder',
  'Bramble',
  'Corvid',
  'Dune',
  'Elmo & Sons',
  'Fjell',
  'Gannet',
  'Heron',
  'Isar',
  'Juniper',
];

export const LOOKS: readonly string[] = [
  'blue',
  'classic',
  'compact',
  'green',
  'light',
  'natural',
  'oak',
  'red',
  'soft',
  'travel',
];
