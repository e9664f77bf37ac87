import { ByteBasketError } from '../errors/byte-basket-error.js';

/** Items of one page, and the token of the next; an empty token ends. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/**
 * The answer to a question that comes in pages. Nothing is asked before it is used: `for await` goes through the items
 * page by page and holds one page; `await` collects them all (see `itemsMax`). Each use asks anew.
 */
export interface Paged<T> extends AsyncIterable<T>, PromiseLike<readonly T[]> {
  /** Goes through the pages as they come. */
  pages(): AsyncIterable<readonly T[]>;
}

export interface PagedOptions<T> {
  readonly fetch: (pageToken: string) => Promise<Page<T>>;
  /** Items that `await` collects at most; more is an error, not a cut. */
  readonly itemsMax: number;
}

export function paged<T>({ fetch, itemsMax }: PagedOptions<T>): Paged<T> {
  async function* pages(): AsyncGenerator<readonly T[], void, undefined> {
    let token = '';
    do {
      const page = await fetch(token);
      token = page.nextPageToken;
      if (page.items.length > 0) yield page.items;
    } while (token !== '');
  }

  async function collect(): Promise<readonly T[]> {
    const items: T[] = [];
    for await (const page of pages()) {
      if (items.length + page.length > itemsMax) throw tooMany(itemsMax);
      for (const item of page) items.push(item);
    }
    return items;
  }

  return {
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* page;
    },
    then: (onValue, onError) => collect().then(onValue, onError),
  };
}

function tooMany(itemsMax: number): ByteBasketError {
  return new ByteBasketError(
    `the result holds more than ${itemsMax} items: use for await, or ask for less`,
    {
      reason: 'RESULT_TOO_LARGE',
      code: 'OUT_OF_RANGE',
      retryable: false,
      metadata: { limit: String(itemsMax) },
    },
  );
}
