import { OptionError } from '../errors/errors.js';

/** A number for a field of 64 bits. Throws OptionError that names `option` unless it is whole and exact. */
export function wholeNumber(value: number, option: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new OptionError(option, `${option} is ${String(value)}: use a whole number`);
}
