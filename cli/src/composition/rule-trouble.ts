import type { RulesObserver } from '@bytebasket/server/fraud/rules/compile';
import type { LogMessage } from './supervised-thread.js';

/** A rule that fails at every payment is logged this often. */
const INTERVAL_MS = 60_000;

/** Logs rules that misbehave: each failing one at most once a minute, one that is switched off at once. */
export function ruleTrouble(
  log: (line: Omit<LogMessage, 'kind'>) => void,
  nowMs: () => number,
): RulesObserver {
  const lastMs = new Map<string, number>();
  return {
    failed(rule, error) {
      const now = nowMs();
      if (now - (lastMs.get(rule) ?? Number.NEGATIVE_INFINITY) < INTERVAL_MS) return;
      lastMs.set(rule, now);
      const fields = { rule, error: String(error) };
      log({ level: 'warn', message: 'a fraud rule failed: the others decide', fields });
    },
    disabled(rule, spentMs) {
      const message = 'a fraud rule is too slow: it is off until the next start';
      log({ level: 'error', message, fields: { rule, spentMs } });
    },
  };
}
