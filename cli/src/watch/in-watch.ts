import type { ByteBasket, CliContext, ConnectionFlags } from '../commands/context.js';
import { FirstContact, refusal, RETRY } from '../commands/first-contact.js';
import { isReconnecting, type View, type WatchedUpdate } from './view.js';

/** What a command does with its watch. */
export interface WatchWork<Update> {
  readonly flags: ConnectionFlags;
  readonly view: View<Update>;
  /** Follows to the end; `show` takes every update. */
  readonly follow: (watch: {
    readonly client: ByteBasket;
    readonly signal: AbortSignal;
    readonly show: (update: Update) => Promise<void>;
  }) => Promise<void>;
  /** Makes an error one that the user understands; default: says where a key comes from. */
  readonly explain?: (error: unknown, client: ByteBasket) => Promise<unknown>;
}

/**
 * Follows a watch until Ctrl-C or its own end. Throws CliError when no server answers within 10 s; once one answered, breaks
 * are mended for as long as it takes. The view and the client are closed in the end.
 */
export async function inWatch<Update extends WatchedUpdate>(
  context: CliContext,
  work: WatchWork<Update>,
): Promise<void> {
  const { flags, view, follow, explain } = work;
  const contact = new FirstContact(context.connection(flags).endpoint);
  const client = await context.connect(flags, { retry: RETRY });
  const signal = AbortSignal.any([context.signal, contact.signal]);
  const show = async (update: Update): Promise<void> => {
    if (isReconnecting(update)) contact.failed(update.error);
    else contact.answered();
    await view.take(update);
  };
  try {
    contact.expect(() => true);
    await follow({ client, signal, show });
  } catch (error) {
    if (context.signal.aborted) return;
    const why: unknown = signal.aborted ? signal.reason : error;
    throw explain === undefined ? refusal(why) : await explain(why, client);
  } finally {
    contact.close();
    await view.close();
    await client.close();
  }
}
