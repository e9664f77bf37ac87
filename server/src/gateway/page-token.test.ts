import { describe, expect, test } from 'vitest';
import { decodePageToken, encodePageToken } from './page-token.js';
import { isServiceError } from './service-error.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const request = bytes('list dead letters of shop');

function reasonOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isServiceError(error) ? JSON.stringify([error.reason, error.metadata]) : String(error);
  }
  return 'no error';
}

describe('page tokens', () => {
  test('give the cursor back for the same request', () => {
    const token = encodePageToken(request, bytes('partition 2, offset 17'));
    expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(decodePageToken(token, request)).toEqual(Buffer.from('partition 2, offset 17'));
  });

  test('an empty cursor is a cursor', () => {
    expect(decodePageToken(encodePageToken(request, new Uint8Array(0)), request)).toHaveLength(0);
  });

  const token = encodePageToken(request, bytes('17'));
  test.each([
    ['another request', token, bytes('list dead letters of another')],
    ['no token', '', request],
    ['no base64url', `${token}=`, request],
    ['a cut token', token.slice(0, -4), request],
    ['a changed token', `Q${token.slice(1)}`, request],
    ['bytes that are no message', Buffer.from([0x12, 0xff]).toString('base64url'), request],
  ])('%s is PAGE_TOKEN_INVALID', (_name, given, source) => {
    expect(reasonOf(() => decodePageToken(given, source))).toBe('[23,{"field":"page_token"}]');
  });
});
