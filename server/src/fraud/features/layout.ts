import { FEATURES } from './catalogue.js';
import {
  ENTITY_KINDS,
  type EntityKind,
  type FeatureSource,
  type SetName,
  SETS,
  type Tally,
  TALLIES,
} from './declaration.js';
import { type WindowRule, WINDOWS } from './windows.js';

/** A counter that entities of a kind keep. */
export interface SeriesLayout {
  readonly tally: Tally;
  readonly rule: WindowRule;
}

/** What entities of one kind keep: exactly what features of the kind are declared. */
export interface KindLayout {
  readonly series: readonly SeriesLayout[];
  /** Places in `series` of each tally. */
  readonly seriesOf: Readonly<Record<Tally, readonly number[]>>;
  readonly sets: ReadonlySet<SetName>;
  /** Windows of amount sums; empty: amounts are not kept. */
  readonly amounts: readonly WindowRule[];
}

/** Amounts are also counted over this window, per currency, for their mean. */
export const MEAN_WINDOW = WINDOWS['30d'];

export const LAYOUTS: Readonly<Record<EntityKind, KindLayout>> = {
  user: layoutOf('user', ['devices', 'cards', 'addresses', 'countries']),
  card: layoutOf('card', []),
  device: layoutOf('device', ['viewed_items', 'checkout_items']),
  ip: layoutOf('ip', []),
  address: layoutOf('address', []),
};

/** Number of a kind in stored bytes. */
export function kindNumber(kind: EntityKind): number {
  return ENTITY_KINDS.indexOf(kind);
}

/** The place of a counter, for reading. Throws TypeError for one that no feature declares. */
export function seriesPlace(kind: EntityKind, tally: Tally, rule: WindowRule): number {
  const place = LAYOUTS[kind].series.findIndex((one) => one.tally === tally && one.rule === rule);
  if (place === -1) throw new TypeError(`no feature declares ${tally} per ${kind} in ${rule.name}`);
  return place;
}

/** `derivedSets`: sets that derived features read. */
function layoutOf(kind: EntityKind, derivedSets: readonly SetName[]): KindLayout {
  const sources = FEATURES.map((feature) => feature.source).filter(
    (source): source is Extract<FeatureSource, { readonly kind: EntityKind }> =>
      'kind' in source && source.kind === kind,
  );
  const series = sources.flatMap((source) =>
    source.from === 'count' ? [{ tally: source.tally, rule: WINDOWS[source.window] }] : [],
  );
  const seriesOf = Object.fromEntries(
    TALLIES.map((tally) => [
      tally,
      series.flatMap((one, place) => (one.tally === tally ? [place] : [])),
    ]),
  ) as Record<Tally, number[]>;
  const declared = sources.flatMap((source) => (source.from === 'distinct' ? [source.set] : []));
  return {
    series,
    seriesOf,
    sets: new Set(SETS.filter((set) => declared.includes(set) || derivedSets.includes(set))),
    amounts: sources.flatMap((source) =>
      source.from === 'amount' ? [WINDOWS[source.window]] : [],
    ),
  };
}
