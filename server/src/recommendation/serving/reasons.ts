import type { RankedItem as Candidate } from '../models/rank.js';
import type { RankedItem, SourceName } from './protocol.js';

/** Raise a number when the model behind it ranks differently: figures of versions can then be told apart. */
const VERSION = {
  session: 'session-knn/1',
  similar: 'co-visitation/1',
  'bought-together': 'bought-together/1',
  trending: 'trending/1',
  'best-sellers': 'best-sellers/1',
  popular: 'best-sellers/1',
} as const satisfies Record<Candidate['source'], string>;

const SOURCE = {
  session: 'session',
  similar: 'viewed-together',
  'bought-together': 'bought-together',
  trending: 'trending',
  'best-sellers': 'best-seller',
  popular: 'best-seller',
} as const satisfies Record<Candidate['source'], SourceName>;

/** A chosen item with its reason in words. `categoryId`: empty when unknown. */
export function explained(candidate: Candidate, categoryId: string): RankedItem {
  const { item, score, source } = candidate;
  return {
    itemId: item,
    source: SOURCE[source],
    reason: reasonOf(candidate),
    reasonItemIds: 'because' in candidate ? [candidate.because] : [],
    score,
    modelVersion: VERSION[source],
    categoryId,
  };
}

function reasonOf(candidate: Candidate): string {
  switch (candidate.source) {
    case 'session':
      return `because you viewed ${candidate.because}`;
    case 'similar':
      return `often viewed after ${candidate.because}`;
    case 'bought-together':
      return `often bought with ${candidate.because}`;
    case 'trending':
      return `many look at it now${inCategory(candidate.category)}`;
    case 'best-sellers':
    case 'popular':
      return `bought most${inCategory(candidate.category)}`;
  }
}

function inCategory(category: string | undefined): string {
  return category === undefined ? '' : ` in ${category}`;
}
