import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { PageToken } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import { ServiceError } from './service-error.js';
import { equalBytes, shortDigest, TOKEN_VERSION, tokenBytes } from './token.js';

/**
 * Makes a page token. `requestDigestSource` are canonical bytes of the request without its page fields, so that a token
 * works for its own list only; `cursor` is the service's own and says where to go on.
 */
export function encodePageToken(requestDigestSource: Uint8Array, cursor: Uint8Array): string {
  const token: PageToken = {
    version: TOKEN_VERSION,
    requestDigest: shortDigest(requestDigestSource),
    cursor,
  };
  return Buffer.from(PageToken.encode(token).finish()).toString('base64url');
}

/** The cursor of a token made for the same request. Throws ServiceError PAGE_TOKEN_INVALID. */
export function decodePageToken(token: string, requestDigestSource: Uint8Array): Uint8Array {
  const bytes = tokenBytes(token);
  const read = bytes === undefined ? undefined : readToken(bytes);
  if (
    read?.version !== TOKEN_VERSION ||
    !equalBytes(read.requestDigest, shortDigest(requestDigestSource))
  ) {
    throw invalid();
  }
  return read.cursor;
}

function readToken(bytes: Uint8Array): PageToken {
  try {
    return PageToken.decode(bytes);
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause?: unknown): ServiceError {
  return new ServiceError(
    ErrorReason.PAGE_TOKEN_INVALID,
    'page_token does not belong to this request: start without a token',
    { metadata: { field: 'page_token' }, cause },
  );
}
