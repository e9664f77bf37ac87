import { ByteBasketError } from '../errors/byte-basket-error.js';

/** A part of an answer that the contract promises. Throws PROTOCOL_VIOLATED when it is missing. */
export function present<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new ByteBasketError(`the gateway's answer has no ${name}: upgrade the SDK or the gateway`, {
    reason: 'PROTOCOL_VIOLATED',
    code: 'INTERNAL',
    retryable: false,
    metadata: { field: name },
  });
}
