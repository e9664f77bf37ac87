import type { IncomingHttpHeaders } from 'node:http2';
import { Metadata as GrpcMetadata } from '@grpc/grpc-js';
import { Metadata } from 'nice-grpc-common';
import type { CallContext, MetadataValue } from 'nice-grpc-common';
import { DEADLINE_KEY } from './call-interceptor.js';
import type { DirectArrival } from './direct-method.js';

/** What grpc-js keeps from services. */
const HIDDEN: ReadonlySet<string> = new Set([
  'grpc-timeout',
  'grpc-encoding',
  'grpc-accept-encoding',
  'accept-encoding',
  'te',
  'content-type',
]);

/** The client's metadata, read from the HTTP/2 headers where that is all that is asked for: making a copy takes 5 µs. */
class HeaderMetadata implements Metadata {
  readonly #headers: IncomingHttpHeaders;
  readonly #deadline: string | undefined;
  #copied: Metadata | undefined;

  constructor(headers: IncomingHttpHeaders, deadline: number | undefined) {
    this.#headers = headers;
    this.#deadline = deadline === undefined ? undefined : String(deadline);
  }

  get<Key extends string>(key: Key): MetadataValue<Key> | undefined {
    if (key === DEADLINE_KEY) return this.#deadline as MetadataValue<Key> | undefined;
    const plain = !key.endsWith('-bin') && !key.startsWith(':') && !HIDDEN.has(key);
    if (this.#copied === undefined && plain && key === key.toLowerCase()) {
      const value = this.#headers[key];
      if (!Array.isArray(value)) return value as MetadataValue<Key> | undefined;
    }
    return this.#copy().get(key);
  }

  getAll<Key extends string>(key: Key): MetadataValue<Key>[] {
    return this.#copy().getAll(key);
  }

  has(key: string): boolean {
    return this.#copy().has(key);
  }

  set<Key extends string>(key: Key, value: MetadataValue<Key> | MetadataValue<Key>[]): Metadata {
    this.#copy().set(key, value);
    return this;
  }

  append<Key extends string>(key: Key, value: MetadataValue<Key>): Metadata {
    this.#copy().append(key, value);
    return this;
  }

  delete(key: string): void {
    this.#copy().delete(key);
  }

  [Symbol.iterator](): IterableIterator<[string, (string | Uint8Array)[]]> {
    return this.#copy()[Symbol.iterator]();
  }

  #copy(): Metadata {
    if (this.#copied !== undefined) return this.#copied;
    const sent = GrpcMetadata.fromHttp2Headers(this.#headers);
    const copied = new Metadata();
    for (const key of Object.keys(sent.getMap())) {
      if (!HIDDEN.has(key)) copied.set(key, sent.get(key));
    }
    this.#copied = copied;
    return copied;
  }
}

/** nice-grpc's context, each part of which is made when it is asked for. */
export class DirectContext implements CallContext {
  readonly metadata: Metadata;
  readonly peer: string;
  readonly sendHeader: () => void;
  /** True once the caller is gone or its deadline has passed. */
  cancelled = false;
  #header: Metadata | undefined;
  #trailer: Metadata | undefined;
  #controller: AbortController | undefined;

  constructor({ headers, peer, limitMs }: DirectArrival, sendHeader: () => void) {
    const deadline = limitMs === undefined ? undefined : Date.now() + limitMs;
    this.metadata = new HeaderMetadata(headers, deadline);
    this.peer = peer;
    this.sendHeader = sendHeader;
  }

  get header(): Metadata {
    this.#header ??= new Metadata();
    return this.#header;
  }

  get trailer(): Metadata {
    this.#trailer ??= new Metadata();
    return this.#trailer;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.cancelled) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  cancel(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    this.#controller?.abort();
  }

  /** What a service put into the header, as HTTP/2 takes it. */
  headerFields(): Record<string, unknown> | undefined {
    return fieldsOf(this.#header);
  }

  /** What a service, or its error, put into the trailer. */
  trailerFields(): Record<string, unknown> | undefined {
    return fieldsOf(this.#trailer);
  }
}

function fieldsOf(metadata: Metadata | undefined): Record<string, unknown> | undefined {
  if (metadata === undefined) return undefined;
  const fields = new GrpcMetadata();
  for (const [key, values] of metadata) {
    for (const value of values) {
      fields.add(key, typeof value === 'string' ? value : Buffer.from(value));
    }
  }
  const found = fields.toHttp2Headers();
  return Object.keys(found).length === 0 ? undefined : found;
}
