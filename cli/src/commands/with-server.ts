import { isByteBasketError } from '@bytebasket/sdk';
import type { ByteBasket, CliContext, ConnectionFlags } from './context.js';
import { refusal, RETRY, unreachable } from './first-contact.js';

/** What a command asks of a server. */
export interface ServerWork {
  readonly flags: ConnectionFlags;
  readonly ask: (client: ByteBasket) => Promise<void>;
  /** Makes an error one that the user understands; the others tell where a key comes from and that nobody answers. */
  readonly explain?: (error: unknown) => unknown;
}

/** Asks a server something that is answered at once, not watched. The client is closed in the end. */
export async function withServer(context: CliContext, work: ServerWork): Promise<void> {
  const { flags, ask, explain = (error: unknown) => error } = work;
  const { endpoint } = context.connection(flags);
  const client = await context.connect(flags, { retry: RETRY });
  try {
    await ask(client);
  } catch (error) {
    // A failure to connect has no reason of ours.
    const silent = isByteBasketError(error) && error.reason === 'UNKNOWN';
    if (silent && error.code === 'UNAVAILABLE') throw unreachable(endpoint, error);
    throw refusal(explain(error));
  } finally {
    await client.close();
  }
}
