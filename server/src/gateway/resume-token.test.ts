import { ResumeToken } from '@bytebasket/proto/gen/bytebasket/storage/v1/storage';
import { describe, expect, test } from 'vitest';
import { decodeResumeToken, encodeResumeToken } from './resume-token.js';
import { isServiceError } from './service-error.js';
import { shortDigest } from './token.js';

const filter = new TextEncoder().encode('visitors by country');
const made = (version: number, offsets: readonly bigint[]): string => {
  const token = { version, filterDigest: shortDigest(filter), offsets: [...offsets] };
  return Buffer.from(ResumeToken.encode(token).finish()).toString('base64url');
};

describe('resume tokens', () => {
  test.each([[[]], [[0, 0, 0, 0]], [[17, 0, 2 ** 53 - 1, 4_711]]])('give %j back', (offsets) => {
    expect(decodeResumeToken(encodeResumeToken(filter, offsets), filter)).toEqual(offsets);
  });

  test.each([
    ['another filter', encodeResumeToken(new Uint8Array(1), [1])],
    ['another version', made(2, [1n])],
    ['a negative offset', made(1, [-1n])],
    ['an offset above 2^53', made(1, [2n ** 53n])],
    ['more partitions than there can be', made(1, Array<bigint>(1_025).fill(0n))],
    ['no token at all', 'not a token!'],
    ['an empty token', ''],
  ])('%s is RESUME_TOKEN_INVALID', (_name, token) => {
    let thrown: unknown;
    try {
      decodeResumeToken(token, filter);
    } catch (error) {
      thrown = error;
    }
    expect(isServiceError(thrown) && [thrown.reason, thrown.metadata]).toEqual([
      24,
      { field: 'resume_token' },
    ]);
  });
});
