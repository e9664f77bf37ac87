import type { PlacedChange } from './update-hub.js';

/**
 * Remembers what `make` made of a change for as long as the change lives: live changes are shared by all subscribers, so
 * a message is encoded once however many get it. Changes that were read from the log for one subscriber are his own.
 */
export function oncePerChange<T extends object>(
  make: (change: PlacedChange) => T,
): (change: PlacedChange) => T {
  const made = new WeakMap<PlacedChange, T>();
  return (change) => {
    const known = made.get(change);
    if (known !== undefined) return known;
    const value = make(change);
    made.set(change, value);
    return value;
  };
}
