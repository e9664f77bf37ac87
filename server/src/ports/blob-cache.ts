/**
 * Named bytes that only save time: whatever is kept here can be made anew, may be lost at any moment, and must be checked by
 * its reader. Nothing is synced.
 */
export interface BlobCache {
  /** Names of all blobs, in no order. */
  names(): Promise<readonly string[]>;
  /** The bytes of a blob; undefined when there is none. */
  get(name: string): Promise<Uint8Array | undefined>;
  /** Keeps a copy of `bytes`, all of them or none; replaces an older blob. `name`: 1 to 100 of a-z 0-9 and hyphens. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Does nothing when there is none. */
  remove(name: string): Promise<void>;
}
