import { isByteBasketError } from '@bytebasket/sdk';
import { CliError } from '../output/cli-error.js';

/** What the user can do about an error of a command on one alert. */
export function explainAlertError(error: unknown, alertId: string): unknown {
  if (!isByteBasketError(error)) return error;
  const cause = error;
  const { version = '?', expected_version: expected = '?' } = error.metadata;
  switch (error.reason) {
    case 'ALERT_UNKNOWN':
      return new CliError(`there is no alert '${alertId}'`, {
        remedy: '`bytebasket alerts list` shows those that wait; add --all for the resolved ones.',
        cause,
      });
    case 'ALERT_VERSION_STALE':
      return new CliError(
        `somebody else changed alert ${alertId}: it is at version ${version}, not ${expected}`,
        { remedy: `See what happened with \`bytebasket alerts get ${alertId}\`.`, cause },
      );
    case 'ALERT_TRANSITION_ILLEGAL':
      return new CliError(error.message, {
        remedy: `A resolved alert must be reopened first: \`bytebasket alerts reopen ${alertId}\`.`,
        cause,
      });
    case 'OUTCOME_UNKNOWN':
      return new CliError(`the server did not tell in time what became of alert ${alertId}`, {
        remedy: `Look before you repeat it: \`bytebasket alerts get ${alertId}\`.`,
        cause,
      });
    default:
      return error;
  }
}
