import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own under the system's temporary one. */
export interface TempFolder {
  readonly path: string;
  /** Deletes the folder with everything in it. */
  remove(): Promise<void>;
}

/** Makes an empty folder; call `remove` in `afterEach` or a `finally`. */
export async function tempFolder(label = 'test'): Promise<TempFolder> {
  const path = await mkdtemp(join(tmpdir(), `bytebasket-${label}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
