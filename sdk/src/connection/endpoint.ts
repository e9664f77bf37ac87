import { ChannelCredentials } from '@grpc/grpc-js';
import { OptionError } from '../errors/errors.js';
import type { TlsOptions } from '../options/options.js';

/** Where to connect and how. */
export interface Endpoint {
  /** `host:port`. */
  readonly address: string;
  readonly credentials: ChannelCredentials;
  /** Name to expect in the certificate instead of the host. */
  readonly serverName: string | undefined;
}

const SHAPE = /^(?:(https?):\/\/)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):(\d{1,5})\/?$/;
const PORT_MAX = 65_535;

/** Reads an endpoint and its TLS options. Throws OptionError when they make no sense, alone or together. */
export function parseEndpoint(endpoint: string, tls: boolean | TlsOptions | undefined): Endpoint {
  const [, scheme, host, port] = SHAPE.exec(endpoint) ?? [];
  if (host === undefined || port === undefined || Number(port) > PORT_MAX) {
    throw new OptionError(
      'endpoint',
      `endpoint is '${endpoint}': use https://host:port, http://host:port or host:port`,
    );
  }
  const secure = scheme === undefined ? tls !== undefined && tls !== false : scheme === 'https';
  if (scheme !== undefined && tls !== undefined && (tls !== false) !== secure) {
    throw new OptionError(
      'tls',
      `tls is ${tls === false ? 'off' : 'on'} and endpoint is '${endpoint}': make them agree`,
    );
  }
  const details = typeof tls === 'object' ? tls : {};
  return {
    address: `${host}:${port}`,
    credentials: secure ? secureCredentials(details) : ChannelCredentials.createInsecure(),
    serverName: details.serverName,
  };
}

function secureCredentials(tls: TlsOptions): ChannelCredentials {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new OptionError(
      'tls',
      `tls has ${tls.cert === undefined ? 'a key but no cert' : 'a cert but no key'}: give both or none`,
    );
  }
  try {
    return ChannelCredentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError('tls', `tls cannot be used (${why}): give PEM text or bytes`);
  }
}

function pem(value: string | Uint8Array | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value);
}
