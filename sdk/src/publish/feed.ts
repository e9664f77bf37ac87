/** A request stream that is written to from outside. Its length is bounded by the publisher's credit. */
export interface Feed<T> extends AsyncIterable<T> {
  push(item: T): void;
  /** Ends the stream after what was pushed. */
  end(): void;
}

/** Makes a feed for one reader. */
export function createFeed<T>(): Feed<T> {
  const items: T[] = [];
  let ended = false;
  let wake: (() => void) | undefined;

  const notify = (): void => {
    wake?.();
    wake = undefined;
  };
  return {
    push(item) {
      items.push(item);
      notify();
    },
    end() {
      ended = true;
      notify();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const item = items.shift();
        if (item !== undefined) yield item;
        else if (ended) return;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
