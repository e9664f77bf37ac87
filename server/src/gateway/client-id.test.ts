import { describe, expect, test } from 'vitest';
import { effectiveClientId } from './client-id.js';
import type { Caller } from './service-module.js';

const caller = (clientId: string, unrestricted = false): Caller => ({
  clientId,
  scopes: new Set(),
  unrestricted,
});

describe('the client id that a request counts for', () => {
  test.each([
    ['shop', '', 'shop'],
    ['shop', 'shop', 'shop'],
    ['shop', 'shop:web-2', 'shop:web-2'],
  ])('key of %s, asked %j: %s', (client, asked, effective) => {
    expect(effectiveClientId(caller(client), asked)).toBe(effective);
  });

  test.each(['web', 'shop2', 'shop:', 'SHOP', ':shop'])('a key of shop may not use %j', (asked) => {
    expect(() => effectiveClientId(caller('shop'), asked)).toThrow(
      `client_id is ${asked}: this key may use 'shop' or 'shop:<suffix>'`,
    );
  });

  test('without keys any id is allowed, and none is anonymous', () => {
    const anybody = caller('anonymous', true);
    expect(effectiveClientId(anybody, 'web-2')).toBe('web-2');
    expect(effectiveClientId(anybody, '')).toBe('anonymous');
  });
});
