import { alertStateFromJSON } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import type { Cells } from '../../ports/table-store.js';
import type { Outcome } from './apply-action.js';

const RESULTS: readonly string[] = [
  'accepted',
  'unknown',
  'stale',
  'illegal',
] satisfies Outcome['result'][];

/** The cells of a row of `alert_outcomes`. */
export function outcomeCells({ result, version, fromState }: Outcome): Cells {
  return { result, version, from_state: fromState };
}

/** The outcome that a row of `alert_outcomes` holds. Throws RangeError when it holds none. */
export function outcomeOf({ result, version, from_state: fromState }: Cells): Outcome {
  if (typeof version !== 'number' || typeof fromState !== 'number' || !knownResult(result)) {
    throw new RangeError(`the cells of an outcome are ${JSON.stringify({ result, version })}`);
  }
  return { result, version, fromState: alertStateFromJSON(fromState) };
}

/** The bytes of an outcome within a snapshot. */
export function encodeOutcome(outcome: Outcome): Uint8Array {
  return Buffer.from(JSON.stringify(outcomeCells(outcome)), 'utf8');
}

/** Reads what `encodeOutcome` wrote. */
export function decodeOutcome(bytes: Uint8Array): Outcome {
  return outcomeOf(JSON.parse(Buffer.from(bytes).toString('utf8')) as Cells);
}

function knownResult(result: unknown): result is Outcome['result'] {
  return typeof result === 'string' && RESULTS.includes(result);
}
