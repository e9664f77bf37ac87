import {
  type EntityKind,
  type Mark,
  MARKS,
  type SetName,
  SETS,
  type Tally,
} from './declaration.js';
import { type KindLayout, LAYOUTS, MEAN_WINDOW } from './layout.js';
import { RecentSet } from './recent-set.js';
import { WindowSeries } from './window-series.js';

/** Currencies whose amounts an entity keeps; amounts in further ones are left out of sums and means. */
export const CURRENCIES_MAX = 4;
/** Newest declines kept for streaks. */
export const STREAK_MAX = 25;

const MARK: Readonly<Record<Mark, number>> = Object.fromEntries(
  MARKS.map(({ name }, place) => [name, place]),
) as Record<Mark, number>;
const SET: Readonly<Record<SetName, number>> = Object.fromEntries(
  SETS.map((name, place) => [name, place]),
) as Record<SetName, number>;

/** The newest login: when, and from where. Numbers as of `text-hash.ts`; 0 when unknown. */
export interface Login {
  readonly atMs: number;
  readonly country: number;
  readonly device: number;
  readonly ip: number;
}

/** Amounts in one currency: sums per window of the layout, and how many there were for the mean. */
export interface CurrencyAmounts {
  /** Millionths of the currency's unit. */
  readonly sums: readonly WindowSeries[];
  readonly meanSum: WindowSeries;
  readonly meanCount: WindowSeries;
}

/**
 * Everything known of one user, card, device, IP address or shipping address: by one share, or merged. All parts are
 * bounded: windows by their buckets, sets and streaks by 25, currencies by 4. `merge` is commutative and associative,
 * apart from what falls out of a full set, and which four currencies came first.
 */
export class Entity {
  readonly kind: EntityKind;
  readonly layout: KindLayout;
  /** By place in MARKS; 0: never. Milliseconds since the Unix epoch. */
  readonly marks: number[] = MARKS.map(() => 0);
  /** By place in the layout. */
  readonly series: (WindowSeries | undefined)[];
  /** By place in SETS. */
  readonly sets: (RecentSet | undefined)[] = SETS.map(() => undefined);
  readonly amounts = new Map<string, CurrencyAmounts>();
  /** Seconds of the newest declines, oldest first. */
  readonly declines: number[] = [];
  login: Login | undefined = undefined;

  constructor(kind: EntityKind) {
    this.kind = kind;
    this.layout = LAYOUTS[kind];
    this.series = new Array<WindowSeries | undefined>(this.layout.series.length).fill(undefined);
  }

  /** Notes that something of it happened. */
  see(atMs: number): void {
    this.mark('first_seen', atMs);
    this.mark('last_seen', atMs);
  }

  mark(name: Mark, atMs: number): void {
    this.#markAt(MARK[name], atMs);
  }

  /** Milliseconds since the Unix epoch; 0: never. */
  markOf(name: Mark): number {
    return this.marks[MARK[name]] ?? 0;
  }

  count(tally: Tally, atMs: number): void {
    for (const place of this.layout.seriesOf[tally]) this.seriesAt(place).add(atMs, 1);
  }

  seriesAt(place: number): WindowSeries {
    const known = this.series[place];
    if (known !== undefined) return known;
    const declared = this.layout.series[place];
    if (declared === undefined) throw new RangeError(`a ${this.kind} has no counter ${place}`);
    const made = new WindowSeries(declared.rule);
    this.series[place] = made;
    return made;
  }

  /** Adds a value to a set; one that no feature of the kind reads is not kept, nor is the value 0: it is unknown. */
  add(set: SetName, value: number, atMs: number): void {
    if (value === 0 || !this.layout.sets.has(set)) return;
    this.setAt(SET[set]).add(value, atMs);
  }

  /** Adds all of a set's values. */
  addAll(set: SetName, values: RecentSet): void {
    if (this.layout.sets.has(set)) this.setAt(SET[set]).merge(values);
  }

  setOf(name: SetName): RecentSet | undefined {
    return this.sets[SET[name]];
  }

  setAt(place: number): RecentSet {
    const known = this.sets[place];
    if (known !== undefined) return known;
    const made = new RecentSet();
    this.sets[place] = made;
    return made;
  }

  /** Adds a payment's amount, in millionths. */
  spend(currency: string, micros: number, atMs: number): void {
    const amounts = this.amountsIn(currency);
    if (amounts === undefined) return;
    for (const sum of amounts.sums) sum.add(atMs, micros);
    amounts.meanSum.add(atMs, micros);
    amounts.meanCount.add(atMs, 1);
  }

  /** The amounts in a currency, made when first needed; undefined where none are kept. */
  amountsIn(currency: string): CurrencyAmounts | undefined {
    const known = this.amounts.get(currency);
    if (known !== undefined) return known;
    if (this.layout.amounts.length === 0 || this.amounts.size >= CURRENCIES_MAX) return undefined;
    const made: CurrencyAmounts = {
      sums: this.layout.amounts.map((rule) => new WindowSeries(rule)),
      meanSum: new WindowSeries(MEAN_WINDOW),
      meanCount: new WindowSeries(MEAN_WINDOW),
    };
    this.amounts.set(currency, made);
    return made;
  }

  decline(atMs: number): void {
    this.count('declines', atMs);
    this.#addDecline(Math.floor(atMs / 1_000));
  }

  authorise(atMs: number): void {
    this.mark('first_authorised', atMs);
    this.mark('last_authorised', atMs);
  }

  /** Declines after the newest authorisation, up to an instant. */
  streak(atMs: number): number {
    const after = Math.floor(this.markOf('last_authorised') / 1_000);
    const until = Math.floor(atMs / 1_000);
    return this.declines.filter((second) => second > after && second <= until).length;
  }

  /** The newest login counts; of two in the same millisecond the one with the larger device, then IP address. */
  logIn(login: Login): void {
    if (this.login === undefined || newer(login, this.login)) this.login = login;
  }

  /** Takes in what another share knows of the same entity. */
  merge(other: Entity): void {
    other.marks.forEach((atMs, place) => {
      if (atMs !== 0) this.#markAt(place, atMs);
    });
    other.series.forEach((series, place) => {
      if (series !== undefined) this.seriesAt(place).merge(series);
    });
    other.sets.forEach((set, place) => {
      if (set !== undefined) this.setAt(place).merge(set);
    });
    for (const [currency, amounts] of other.amounts) this.#mergeAmounts(currency, amounts);
    for (const second of other.declines) this.#addDecline(second);
    if (other.login !== undefined) this.logIn(other.login);
  }

  #mergeAmounts(currency: string, other: CurrencyAmounts): void {
    const own = this.amountsIn(currency);
    if (own === undefined) return;
    own.sums.forEach((sum, place) => {
      const share = other.sums[place];
      if (share !== undefined) sum.merge(share);
    });
    own.meanSum.merge(other.meanSum);
    own.meanCount.merge(other.meanCount);
  }

  #markAt(place: number, atMs: number): void {
    const known = this.marks[place] ?? 0;
    const first = MARKS[place]?.merge === 'min';
    if (known === 0 || (first ? atMs < known : atMs > known)) this.marks[place] = atMs;
  }

  #addDecline(second: number): void {
    const { declines } = this;
    let at = declines.length;
    while (at > 0 && (declines[at - 1] ?? 0) > second) at -= 1;
    declines.splice(at, 0, second);
    if (declines.length > STREAK_MAX) declines.shift();
  }
}

function newer(login: Login, than: Login): boolean {
  if (login.atMs !== than.atMs) return login.atMs > than.atMs;
  if (login.device !== than.device) return login.device > than.device;
  return login.ip > than.ip;
}
