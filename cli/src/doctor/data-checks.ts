import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FREE_BYTES_MIN, freeBytes } from '@bytebasket/server/adapters/lmdb/failure';
import { readShop } from '../composition/shop-file.js';
import { KEY_FILE_MODE, keyFileMode, readKeys } from '../keys/key-store.js';
import { describeError } from '../output/describe-error.js';
import { fail, ok, warn, type Check, type Finding } from './check.js';

const MIB = 1024 ** 2;
const FREE_WARN_BYTES = 1024 * MIB;

/** The folder can be written, there is room, and who has it. */
export const checkDataFolder: Check = async ({ config }) => {
  const { dataFolder } = config;
  const present = await exists(dataFolder);
  const at = present ? dataFolder : await nearestFolder(dataFolder);
  const writable = await mayWrite(at);
  if (!writable) {
    return [fail('data folder', `${at} may not be written`, 'Change its owner, or --data-folder.')];
  }
  const folder = ok('data folder', present ? dataFolder : `${dataFolder} will be made`);
  const findings = [folder, roomFinding(at, await freeBytes(at))];
  if (present) findings.push(await ownerFinding(dataFolder));
  return findings;
};

function roomFinding(at: string, free: number): Finding {
  const detail = `${Math.floor(free / MIB)} MiB free at ${at}`;
  if (free < FREE_BYTES_MIN) return fail('disk', detail, 'Free some space: writes are refused.');
  if (free < FREE_WARN_BYTES) return warn('disk', detail, 'Free some space soon.');
  return ok('disk', detail);
}

/** Asks by taking the folder for a moment: the lock itself knows best whether its owner still lives. */
async function ownerFinding(dataFolder: string): Promise<Finding> {
  const { lockFolder } = await import('@bytebasket/server/adapters/lmdb/folder-lock');
  const { isPortError } = await import('@bytebasket/server/ports/errors');
  try {
    const lock = await lockFolder(dataFolder);
    await lock.release();
    return ok('owner', `no process uses ${dataFolder}`);
  } catch (error) {
    const pid = /by process (\d+)/.exec(describeError(error))?.[1];
    if (isPortError(error, 'Conflict') && pid !== undefined) {
      return ok('owner', `process ${pid} uses ${dataFolder}`);
    }
    return fail('owner', describeError(error), 'Check the rights of the data folder.');
  }
}

/** Days are counted in the folder's time zone; another setting stops the start. */
export const checkTimeZone: Check = async ({ config }) => {
  const wanted = config['shop.timeZone'];
  const shop = await readShop(config.dataFolder);
  if (shop === undefined) {
    return [ok('time zone', `${wanted ?? 'UTC'}, fixed at the first start`)];
  }
  if (wanted === undefined || wanted === shop.timeZone) return [ok('time zone', shop.timeZone)];
  return [
    fail(
      'time zone',
      `the data has days in ${shop.timeZone}, shop.timeZone is ${wanted}`,
      `Set shop.timeZone to ${shop.timeZone}, or use another data folder.`,
    ),
  ];
};

/** The file of API keys, where one is named. */
export const checkKeys: Check = async ({ config }) => {
  const { keysFile } = config;
  if (keysFile === undefined) return [ok('keys', 'none: the server listens on loopback only')];
  const mode = await keyFileMode(keysFile);
  const make = `Make it: bytebasket keys create CLIENT --keys-file ${keysFile}`;
  if (mode === undefined) return [fail('keys', `${keysFile} is not there`, make)];
  const { listKeys } = await import('@bytebasket/server/gateway/access/key-file');
  const nowMs = Date.now();
  const live = listKeys(await readKeys(keysFile, nowMs), nowMs).filter((k) => k.state === 'live');
  if (live.length === 0) return [warn('keys', `${keysFile} has no live key`, make)];
  if ((mode & ~KEY_FILE_MODE) !== 0) {
    const detail = `${keysFile} can be read by others (mode ${mode.toString(8)})`;
    return [warn('keys', detail, `chmod 600 ${keysFile}`)];
  }
  return [ok('keys', `${live.length} live in ${keysFile}`)];
};

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(absent)) !== undefined;
}

/** The closest folder above that exists: where the data folder would be made. */
async function nearestFolder(path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await exists(parent)) ? parent : nearestFolder(parent);
}

async function mayWrite(path: string): Promise<boolean> {
  return access(path, constants.W_OK | constants.X_OK).then(
    () => true,
    (error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      throw error;
    },
  );
}

function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
