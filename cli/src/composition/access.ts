import { type Access, isLoopback, openAccess } from '@bytebasket/server/gateway/access/access';
import { openKeyAccess } from '@bytebasket/server/gateway/access/keys';
import type { Clock } from '@bytebasket/server/ports/clock';
import type { Logger } from 'pino';
import { CliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';
import type { Closers } from './closers.js';

export interface AccessSettings {
  readonly keysFile: string | undefined;
  readonly host: string;
}

/** Who may call: holders of keys, or, without a key file, everybody on this machine. */
export function openAccessOf(
  { keysFile, host }: AccessSettings,
  parts: { readonly clock: Clock; readonly logger: Logger; readonly closers: Closers },
): Access {
  if (keysFile === undefined) {
    if (isLoopback(host)) return openAccess();
    throw new CliError(`host ${host} can be reached by others, and there are no API keys`, {
      remedy:
        'Make a key (`bytebasket keys create CLIENT --keys-file keys.json`) and set keysFile, or use host 127.0.0.1.',
    });
  }
  try {
    const access = openKeyAccess({ path: keysFile, clock: parts.clock, logger: parts.logger });
    parts.closers.add('key file', () => access.close());
    return access;
  } catch (cause) {
    throw new CliError(`cannot use the keys file ${keysFile}: ${describeError(cause)}`, {
      remedy: 'Make it with `bytebasket keys create CLIENT --keys-file FILE`, or correct it.',
      cause,
    });
  }
}
