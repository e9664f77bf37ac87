import { describe, test } from 'vitest';

/** One promise of a contract, as a sentence, and how to check it. */
export interface ConformanceCase {
  readonly name: string;
  run(): Promise<void>;
}

/** Registers the cases as tests. Tests of the suites themselves run the cases without this. */
export function registerCases(subject: string, cases: readonly ConformanceCase[]): void {
  describe(subject, () => {
    for (const one of cases) test(one.name, () => one.run());
  });
}

/** The case of that name; a suite without it is a mistake in the test that asks. */
export function caseNamed(cases: readonly ConformanceCase[], name: string): ConformanceCase {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) throw new Error(`the suite has no case "${name}"`);
  return found;
}
