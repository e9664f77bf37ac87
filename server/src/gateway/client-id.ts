import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ServiceError } from './service-error.js';
import type { Caller } from './service-module.js';

/**
 * The client id that a request counts for. Empty means the caller's own client. A key may use its client or
 * `<client>:<suffix>`; without keys any id is allowed. Throws ServiceError CLIENT_ID_FOREIGN.
 */
export function effectiveClientId(caller: Caller, requested: string): string {
  if (requested === '') return caller.clientId;
  if (caller.unrestricted || requested === caller.clientId) return requested;
  const prefix = `${caller.clientId}:`;
  if (requested.startsWith(prefix) && requested.length > prefix.length) return requested;
  throw new ServiceError(
    ErrorReason.CLIENT_ID_FOREIGN,
    `client_id is ${requested}: this key may use '${caller.clientId}' or '${prefix}<suffix>'`,
    { metadata: { field: 'client_id', value: requested } },
  );
}
