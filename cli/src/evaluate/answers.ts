import { CoVisitation } from '@bytebasket/server/recommendation/models/co-visitation';
import type { KnnSettings } from '@bytebasket/server/recommendation/models/knn-settings';
import { rank, type Stage } from '@bytebasket/server/recommendation/models/rank';
import type { SessionIndex } from '@bytebasket/server/recommendation/models/session-index';
import { SessionRecommender } from '@bytebasket/server/recommendation/models/session-knn';
import { sessionStage, similarStage } from '@bytebasket/server/recommendation/models/stages';
import { tieHash } from '@bytebasket/server/recommendation/models/text-hash';
import type { SessionCase } from './cases.js';

/** Answers cases with the models that serve: the session model, item to item, then the items of most sessions. */
export function answerer(
  index: SessionIndex,
  settings: KnnSettings,
): (asked: SessionCase) => string[] {
  const sessions = new SessionRecommender(index, settings);
  const similar = new CoVisitation(index);
  const popular = popularStage(index);
  return ({ prefix: items, k, excludeSeen }) => {
    const seen = new Set(items);
    const found = rank([sessionStage(sessions, { items }), similarStage(similar, items), popular], {
      k,
      ...(excludeSeen ? { accepts: (item: string) => !seen.has(item) } : {}),
    });
    return found.map(({ item }) => item);
  };
}

/** Items by the number of sessions that hold them (ties: `tieHash`), sorted once: the index does not change any more. */
function popularStage({ items }: SessionIndex): Stage {
  const ids: number[] = [];
  for (let id = 0; id < items.limit; id++) if (items.nameAt(id) !== undefined) ids.push(id);
  const count = (id: number) => items.sessions[id] ?? 0;
  const tie = (id: number) => tieHash(items.name(id));
  const order = ids
    .sort((a, b) => count(b) - count(a) || tie(a) - tie(b))
    .map((id) => ({ item: items.name(id), score: count(id) }));
  return (n, accepts) => {
    const found = [];
    for (const { item, score } of order) {
      if (found.length >= n) break;
      if (accepts(item))
        found.push({ source: 'popular', category: undefined, item, score } as const);
    }
    return found;
  };
}
