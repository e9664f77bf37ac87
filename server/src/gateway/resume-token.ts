import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import { ResumeToken } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import { ServiceError } from './service-error.js';
import { equalBytes, shortDigest, TOKEN_VERSION, tokenBytes } from './token.js';

const PARTITIONS_MAX = 1_024;

/**
 * Makes a resume token. `filter` are canonical bytes of what is watched; `offsets` the next offset per partition of the
 * topic watched, each 0 or more and below 2^53.
 */
export function encodeResumeToken(filter: Uint8Array, offsets: readonly number[]): string {
  const token: ResumeToken = {
    version: TOKEN_VERSION,
    filterDigest: shortDigest(filter),
    offsets: offsets.map((offset) => BigInt(offset)),
  };
  return Buffer.from(ResumeToken.encode(token).finish()).toString('base64url');
}

/** The offsets of a token made for the same filter. Throws ServiceError RESUME_TOKEN_INVALID. */
export function decodeResumeToken(token: string, filter: Uint8Array): readonly number[] {
  const bytes = tokenBytes(token);
  const read = bytes === undefined ? undefined : readToken(bytes);
  if (read?.version !== TOKEN_VERSION || read.offsets.length > PARTITIONS_MAX) throw invalid();
  if (!equalBytes(read.filterDigest, shortDigest(filter))) throw invalid();
  const offsets = read.offsets.map(Number);
  if (!offsets.every((offset) => Number.isSafeInteger(offset) && offset >= 0)) throw invalid();
  return offsets;
}

function readToken(bytes: Uint8Array): ResumeToken {
  try {
    return ResumeToken.decode(bytes);
  } catch (cause) {
    throw invalid(cause);
  }
}

function invalid(cause?: unknown): ServiceError {
  return new ServiceError(
    ErrorReason.RESUME_TOKEN_INVALID,
    'resume_token belongs to another selection: start without a token',
    { metadata: { field: 'resume_token' }, cause },
  );
}
