import type { Recommendation, RecommendationList } from '@bytebasket/sdk';
import type { TableColumn } from './table.js';
import { harmless } from './text-width.js';

export const RECOMMENDATION_COLUMNS: readonly TableColumn<Recommendation>[] = [
  { title: '#', right: true, cell: ({ position }) => String(position) },
  { title: 'ITEM', max: 24, cell: ({ itemId }) => harmless(itemId) },
  { title: 'CATEGORY', from: 90, max: 16, cell: ({ categoryId }) => harmless(categoryId) },
  { title: 'SOURCE', from: 70, cell: ({ source }) => source },
  { title: 'WHY', cell: ({ reason }) => harmless(reason) },
];

export const NO_RECOMMENDATIONS = 'nothing to recommend yet: the shop has seen no views';

/** A list on one line of a log. */
export function recommendationLine({ items, watermarkTime }: RecommendationList): string {
  const time = watermarkTime === undefined ? '' : `${watermarkTime.toISOString()} `;
  if (items.length === 0) return `${time}nothing to recommend`;
  const texts = items.map(
    ({ position, itemId, reason }) => `${position} ${harmless(itemId)} (${harmless(reason)})`,
  );
  return `${time}${texts.join(', ')}`;
}
