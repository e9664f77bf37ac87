/** The typed arrays whose length follows what is stored. */
type Growable = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** A longer copy of a typed array; the rest is zero. */
export function grown<T extends Growable>(array: T, length: number): T {
  const next = new (array.constructor as new (length: number) => T)(length);
  next.set(array);
  return next;
}
