/** One broken rule of the contract. */
export interface Violation {
  /** Path of the field in proto names, such as `order_completed.lines[2].total`; empty when the whole message is at fault. */
  readonly field: string;
  /** The rule: of buf.validate (`string.pattern`), of a CEL rule or of a hand-written one (`order.total_adds_up`). */
  readonly rule: string;
  /** What is wrong, the value and what to do, in one line. */
  readonly message: string;
  /** The value, cut to 100 characters; `(personal)` for a personal field; empty where there is none to show. */
  readonly value: string;
  /** What the value should have been, where one value is right (sums). */
  readonly expected?: string;
}

/** A broken rule as a check finds it: the path is relative to the message checked, the text is not yet made. */
export interface Finding {
  readonly field: string;
  readonly rule: string;
  /** What is wrong, to follow the path: `is -1`, `has 501 entries`. Empty when the remedy says it all. */
  readonly what: string;
  /** What to do. */
  readonly remedy: string;
  readonly value: string;
  readonly expected?: string;
}

/** A report stops at this many violations, so that a hostile message cannot make a huge answer. */
export const VIOLATIONS_MAX = 20;

/** Findings of one message; undefined while there are none, so that a valid message allocates nothing. */
export type Findings = readonly Finding[] | undefined;

/** Adds one finding. */
export function add(found: Findings, finding: Finding): Findings {
  if (found === undefined) return [finding];
  return full(found) ? found : [...found, finding];
}

/** Adds the findings of a message inside, under its path. */
export function nest(found: Findings, path: string, inner: readonly Finding[]): Findings {
  const all = found === undefined ? [] : [...found];
  for (const finding of inner) {
    if (all.length >= VIOLATIONS_MAX) break;
    const field = finding.field === '' ? path : `${path}.${finding.field}`;
    all.push({ ...finding, field });
  }
  return all;
}

/** Whether a report holds all that it may. */
export function full(found: Findings): boolean {
  return found !== undefined && found.length >= VIOLATIONS_MAX;
}

/** Turns findings into violations, whose messages name the whole path. */
export function report(found: Findings): readonly Violation[] | undefined {
  return found?.map(({ field, rule, what, remedy, value, expected }) => {
    const subject = [field, what].filter((part) => part !== '').join(' ');
    const message = subject === '' ? remedy : `${subject}: ${remedy}`;
    return { field, rule, message, value, ...(expected === undefined ? {} : { expected }) };
  });
}
