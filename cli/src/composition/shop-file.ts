import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../output/cli-error.js';

/** What is fixed when a data folder is made: the days of every metric depend on it. */
export interface Shop {
  /** IANA time zone of the shop's days. */
  readonly timeZone: string;
  /** When the folder was made, ISO 8601. */
  readonly createTime: string;
}

const NAME = 'shop.json';

/** The shop of a data folder; undefined for a folder that holds none yet. */
export async function readShop(dataFolder: string): Promise<Shop | undefined> {
  const path = join(dataFolder, NAME);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CliError(`cannot read ${path}: ${String(error)}`, { cause: error });
  });
  return text === undefined ? undefined : parseShop(text, path);
}

/**
 * Reads the shop, or writes it for a new folder. `timeZone` undefined takes the folder's own (new folder: UTC);
 * one that differs from the folder's is refused, because stored days would change their meaning.
 */
export async function openShop(
  dataFolder: string,
  timeZone: string | undefined,
  nowMs: number,
): Promise<Shop> {
  const known = await readShop(dataFolder);
  if (known === undefined) {
    const shop = { timeZone: timeZone ?? 'UTC', createTime: new Date(nowMs).toISOString() };
    await writeWhole(join(dataFolder, NAME), `${JSON.stringify(shop, undefined, 2)}\n`);
    return shop;
  }
  if (timeZone !== undefined && timeZone !== known.timeZone) {
    throw new CliError(
      `the data in ${dataFolder} has days in ${known.timeZone}, shop.timeZone is ${timeZone}`,
      { remedy: `Set shop.timeZone to ${known.timeZone}, or use another data folder.` },
    );
  }
  return known;
}

function parseShop(text: string, path: string): Shop {
  let shop: unknown;
  try {
    shop = JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${path} is not JSON`, { remedy: 'Restore it from a backup.', cause });
  }
  if (
    typeof shop === 'object' &&
    shop !== null &&
    'timeZone' in shop &&
    typeof shop.timeZone === 'string' &&
    'createTime' in shop &&
    typeof shop.createTime === 'string'
  ) {
    return { timeZone: shop.timeZone, createTime: shop.createTime };
  }
  throw new CliError(`${path} lacks timeZone or createTime`, {
    remedy: 'Restore it from a backup.',
  });
}

/** A crash leaves the old file or the new one, never half of it. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  try {
    const file = await open(draft, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
