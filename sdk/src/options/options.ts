import type { SdkClock } from '../clock.js';
import type { Identity } from '../events/event-input.js';
import type { Observer } from './observer.js';

/**
 * What happens to a tracked event when the queue is full:
 * - `wait`: `track()` resolves later, when there is room; calls keep their order.
 * - `reject`: `track()` rejects with QueueFullError.
 * - `drop-newest`: the event is dropped; `track()` resolves with a receipt of status `dropped`.
 * - `drop-oldest`: the oldest event that was never sent is dropped instead; when all were sent, the new one is.
 */
export type Overflow = 'wait' | 'reject' | 'drop-newest' | 'drop-oldest';

/** How tracked events are put together. A batch is closed by whichever comes first. */
export interface BatchOptions {
  /** Events per batch, 1 to 500; default 100. */
  readonly eventsMax?: number | undefined;
  /** Bytes of encoded events per batch, 1,024 to 1,044,480 (1 MiB less the envelope); default 204,800 (200 KiB). */
  readonly bytesMax?: number | undefined;
  /** Longest wait of an event for company, in milliseconds, 0 to 60,000; default 200. 0 sends at once. */
  readonly intervalMs?: number | undefined;
  /** Batches sent and unanswered at once, 1 to 64; default 4. The gateway's credit may allow fewer. */
  readonly inFlightMax?: number | undefined;
}

/** Where events wait, and how many. */
export interface QueueOptions {
  /** Events queued or unanswered, 1 to 10,000,000; default 10,000 in memory, 200,000 with `folder`. */
  readonly eventsMax?: number | undefined;
  /**
   * Their bytes, 1,024 to 1 TiB; default 16 MiB in memory, 256 MiB with `folder`. One event that is larger is let in when
   * the queue is empty. With `folder` the files may take about 8 MiB more, and memory holds at most 8 MiB of it,
   * plus roughly 150 bytes per tracked event.
   */
  readonly bytesMax?: number | undefined;
  /** What happens when it is full; default `wait`. `drop-oldest` conflicts with `folder`: what is on disk was promised. */
  readonly overflow?: Overflow | undefined;
  /** Calls that may wait under `wait` before further ones are refused with QueueFullError, 1 to 1,000,000; default 10,000. */
  readonly waitersMax?: number | undefined;
  /**
   * Folder of a disk-backed queue, made when absent. An event whose `track()` resolved is then written and synced; it
   * survives a kill, and the next client with the same folder delivers it. One client at a time may hold a folder.
   * Default: the queue is in memory.
   */
  readonly folder?: string | undefined;
}

/** How to trust the gateway, and how to be trusted. */
export interface TlsOptions {
  /** Certificates to trust, PEM; default the system's. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client's own certificate chain, PEM; needs `key`. */
  readonly cert?: string | Uint8Array | undefined;
  /** The certificate's private key, PEM; needs `cert`. */
  readonly key?: string | Uint8Array | undefined;
  /** Name to expect in the gateway's certificate; default the host of `endpoint`. */
  readonly serverName?: string | undefined;
}

/** How broken connections come back. */
export interface RetryOptions {
  /**
   * Before the n-th attempt the client waits between 0 and `min(delayMaxMs, delayBaseMs × 2^(n-1))` milliseconds, drawn evenly
   * ("full jitter"), after any delay that the gateway asked for. 1 to 60,000; default 100.
   */
  readonly delayBaseMs?: number | undefined;
  /** Upper end of that range in milliseconds, `delayBaseMs` to 600,000; default 10,000. */
  readonly delayMaxMs?: number | undefined;
  /** Attempts of one read, the first included, 1 to 20; default 4. Publishing and watching never give up on their own. */
  readonly readAttemptsMax?: number | undefined;
}

/** Longest waits for the gateway. */
export interface DeadlineOptions {
  /** One read call with all its attempts, in milliseconds, 1 to 600,000; default 10,000. */
  readonly readMs?: number | undefined;
  /** A batch's answer, in milliseconds, 100 to 600,000; default 30,000. Later the stream counts as dead and is opened anew. */
  readonly answerMs?: number | undefined;
  /** Silence on a watch, in milliseconds, 1,000 to 600,000; default 30,000 (the gateway speaks every 10 s). Later it reconnects. */
  readonly silenceMs?: number | undefined;
}

/** What `createByteBasket` takes. Only `endpoint` is required. */
export interface ByteBasketOptions {
  /** `https://host:port`, `http://host:port` or `host:port` (TLS when `tls` is given, else plain). */
  readonly endpoint: string;
  /**
   * API key, or a function that returns the current one and is asked at each call and each new stream (rotation).
   * Default none, which a gateway without keys accepts. A key sent over `http://` travels in clear text.
   */
  readonly key?: string | (() => string | Promise<string>) | undefined;
  /** True or details for TLS; default by `endpoint`. Conflicts with an `http://` endpoint. */
  readonly tls?: boolean | TlsOptions | undefined;
  /**
   * The client that the key belongs to, 1 to 100 characters of `A-Z a-z 0-9 _ . : -`. The SDK adds `:<instance>`, so that the batch
   * numbers of each process (or queue folder) are accounted for apart (Reconcile). Default: the key's client, without instance.
   */
  readonly clientId?: string | undefined;
  readonly batch?: BatchOptions | undefined;
  readonly queue?: QueueOptions | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly deadlines?: DeadlineOptions | undefined;
  /** Who events are about when a call does not say: right for a till or a server, rarely for a web server. Default nobody. */
  readonly defaults?: Identity | undefined;
  /** Is told what happens in the background: breaks, refusals, rejections, drops. Default nobody. It must not throw. */
  readonly observer?: Observer | undefined;
  /** Time, for tests; default the machine's. */
  readonly clock?: SdkClock | undefined;
  /** Chance between 0 (inclusive) and 1 for delays, for tests; default Math.random. */
  readonly random?: (() => number) | undefined;
}
