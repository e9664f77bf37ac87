import { OptionError } from '../errors/errors.js';

/** The words of an enumeration of the contract, both ways. */
export interface Words<Name extends string, Code extends number> {
  /** The word of a number; `unknown` for one that this SDK does not know, such as a newer gateway's. */
  nameOf(code: number): Name | 'unknown';
  /** The number of a word. Throws OptionError that names `option` for a word that the contract does not have. */
  codeOf(name: string, option: string): Code;
  /** The numbers of several words, each named `option[0]` and so on; none for undefined. */
  codesOf(names: readonly string[] | undefined, option: string): Code[];
}

/** Makes the two directions from one table. */
export function createWords<Name extends string, Code extends number>(
  table: Readonly<Record<Name, Code>>,
): Words<Name, Code> {
  const codes = new Map(Object.entries<Code>(table));
  const names = new Map([...codes].map(([name, code]): [number, Name] => [code, name as Name]));
  const codeOf = (name: string, option: string): Code => {
    const code = codes.get(name);
    if (code !== undefined) return code;
    throw new OptionError(option, `${option} is '${name}': use ${[...codes.keys()].join(', ')}`);
  };
  return {
    nameOf: (code) => names.get(code) ?? 'unknown',
    codeOf,
    codesOf: (list = [], option) => list.map((name, at) => codeOf(name, `${option}[${at}]`)),
  };
}
