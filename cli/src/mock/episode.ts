import type { Script } from './agenda.js';
import type { Random } from './random.js';
import type { World } from './world.js';

/** Something that happens in the shop every so often: a kind of fraud, or of honest behaviour that looks like one. */
export interface Episode {
  /** Draws how many payments the next one is about. */
  readonly payments: (random: Random) => number;
  /** Lets it happen with about so many payments. */
  readonly play: (world: World, payments: number) => Script;
}

/** An episode and how often it happens. */
export interface Rate {
  readonly episode: Episode;
  /** Share of all payments that belong to it, 0 to 0.2. */
  readonly share: number;
}

const DELAY_MS_MEAN = 60_000;

/**
 * Starts episodes so that their payments keep to their shares: each payment in the shop brings every episode nearer by its
 * share, and it starts once the next one's payments are due.
 */
export class Episodes {
  readonly #world: World;
  readonly #entries: { readonly rate: Rate; due: number; next: number }[];

  constructor(world: World, rates: readonly Rate[]) {
    this.#world = world;
    this.#entries = rates
      .filter(({ share }) => share > 0)
      .map((rate) => {
        const next = rate.episode.payments(world.random);
        // The first one comes soon, so that a short run has something to show.
        return { rate, next, due: next };
      });
  }

  /** A payment was attempted. */
  paid(): void {
    const { random } = this.#world;
    for (const entry of this.#entries) {
      entry.due += entry.rate.share;
      if (entry.due < entry.next) continue;
      const { episode } = entry.rate;
      this.#world.spawn(episode.play(this.#world, entry.next), random.exponential(DELAY_MS_MEAN));
      entry.due -= entry.next;
      entry.next = episode.payments(random);
    }
  }
}
