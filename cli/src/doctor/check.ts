import type { LoadedConfig } from '../config/load.js';
import type { Connection } from '../commands/context.js';

export type CheckStatus = 'ok' | 'warn' | 'fail';

/** What a check found. */
export interface Finding {
  /** What was looked at, one or two words. */
  readonly name: string;
  readonly status: CheckStatus;
  /** What is the case, with the value. */
  readonly detail: string;
  /** What to do; absent when all is well. */
  readonly remedy?: string;
}

/** What the checks look at. */
export interface CheckInput extends Pick<LoadedConfig, 'config'> {
  readonly connection: Connection;
  readonly signal: AbortSignal;
}

/** Looks at one thing. Finds fault instead of throwing. */
export type Check = (input: CheckInput) => Promise<readonly Finding[]>;

export function ok(name: string, detail: string): Finding {
  return { name, status: 'ok', detail };
}

export function warn(name: string, detail: string, remedy: string): Finding {
  return { name, status: 'warn', detail, remedy };
}

export function fail(name: string, detail: string, remedy: string): Finding {
  return { name, status: 'fail', detail, remedy };
}
