import { isAccessDeniedError, type Observer } from '@bytebasket/sdk';
import { CliError, isCliError } from '../output/cli-error.js';
import { describeError } from '../output/describe-error.js';

/** How long a command waits for the first answer of a server. */
export const FIRST_CONTACT_MS = 10_000;

/** Attempts to connect again: a person who waits should not wait for a long back-off. */
export const RETRY = { delayMaxMs: 2_000 } as const;

/**
 * Ends a command that never reached a server, or whose key was refused. Once a server answered, breaks are the SDK's to
 * mend: it goes on trying for as long as the user lets it.
 */
export class FirstContact {
  readonly #endpoint: string;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #answered = false;
  #failure: unknown;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Aborts with a CliError. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Tells of publishing; give it to the client. */
  readonly observer: Observer = (event) => {
    if (event.type === 'connected' || event.type === 'delivered') this.answered();
    if (event.type === 'disconnected') this.failed(event.error);
    if (event.type === 'stopped') this.#controller.abort(refusal(event.error));
  };

  /**
   * An answer is due from now on, provided that something is `pending` when the time is up: events that break the contract
   * never reach a server. Calls while one is due change nothing.
   */
  expect(pending: () => boolean): void {
    if (this.#answered || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (pending()) this.#controller.abort(unreachable(this.#endpoint, this.#failure));
    }, FIRST_CONTACT_MS);
  }

  answered(): void {
    this.#answered = true;
    this.close();
  }

  /** Why the last attempt failed. */
  failed(error: unknown): void {
    this.#failure = error;
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}

/** No server answers at an address, because of `failure` when one is known. */
export function unreachable(endpoint: string, failure: unknown): CliError {
  const why = failure === undefined ? '' : `: ${reasonOf(failure)}`;
  const remedy = 'Is it running? Start it with `npm start`, or name it with --endpoint.';
  return new CliError(`no server answers at ${endpoint}${why}`, { remedy, cause: failure });
}

/** An error that ends a command; one about the key says what to do. */
export function refusal(error: unknown): unknown {
  if (isCliError(error) || !isAccessDeniedError(error)) return error;
  const remedy = 'Give a key with --key or BYTEBASKET_KEY; `bytebasket keys create` makes one.';
  return new CliError(error.message, { remedy, cause: error });
}

/** What the transport says, without the wrapping around it: `connect ECONNREFUSED 127.0.0.1:50051`. */
function reasonOf(error: unknown): string {
  const text = describeError(error);
  return (
    /Last error: (?:Error: )?(.+?)(?:\. Resolution note.*)?(?: \([A-Z_]+ from .*)?$/.exec(
      text,
    )?.[1] ?? text
  );
}
