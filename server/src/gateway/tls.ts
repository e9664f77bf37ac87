import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { experimental } from '@grpc/grpc-js';
import type { ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';
import { watchFiles } from './watch-files.js';

/** PEM files. Both are read again when they change; new connections get the new certificate in less than 2 seconds. */
export interface TlsFiles {
  /** The certificate, followed by its chain. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Milliseconds between two looks at the files, default 1,000. */
  readonly pollMs?: number | undefined;
}

export interface ServerTls {
  readonly credentials: ServerCredentials;
  close(): void;
}

interface Identity {
  readonly certificate: Buffer;
  readonly privateKey: Buffer;
}

type Listener = (identity: Identity | null) => void;

/**
 * Server credentials from files. Throws when they cannot be used. A broken or half-written pair later keeps the old one and
 * is logged: grpc-js' own file watcher would refuse every connection then.
 */
export function openServerTls(files: TlsFiles, logger: Logger): ServerTls {
  const listeners = new Set<Listener>();
  const reload = (): void => {
    try {
      identity = readIdentity(files);
    } catch (error) {
      logger.error({ err: error }, 'the new certificate cannot be used, keeping the old one');
      return;
    }
    for (const listener of listeners) listener(identity);
    logger.info({ certFile: files.certFile }, 'certificate reloaded');
  };
  const paths = [files.certFile, files.keyFile];
  const watch = watchFiles({ paths, logger, pollMs: files.pollMs, onChange: reload });
  let identity: Identity;
  try {
    identity = readIdentity(files);
  } catch (error) {
    watch.close();
    throw error;
  }
  const provider = {
    addIdentityCertificateListener: (listener: Listener) => {
      listeners.add(listener);
      process.nextTick(() => {
        listener(identity);
      });
    },
    removeIdentityCertificateListener: (listener: Listener) => {
      listeners.delete(listener);
    },
    addCaCertificateListener: () => undefined,
    removeCaCertificateListener: () => undefined,
  };
  // The identity comes first, whatever the parameters are called in grpc-js 1.14; its types have the two swapped.
  const create = experimental.createCertificateProviderServerCredentials as (
    identityProvider: typeof provider,
    caProvider: null,
    requireClientCertificate: boolean,
  ) => ServerCredentials;
  return {
    credentials: create(provider, null, false),
    close: () => {
      watch.close();
    },
  };
}

function readIdentity(files: TlsFiles): Identity {
  const certificate = readFileSync(files.certFile);
  const privateKey = readFileSync(files.keyFile);
  try {
    createSecureContext({ cert: certificate, key: privateKey });
    const matching = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
    if (!matching) throw new Error('the key does not belong to the certificate');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `TLS with ${files.certFile} and ${files.keyFile} does not work (${why}): give a PEM certificate and its private key`,
      { cause },
    );
  }
  return { certificate, privateKey };
}
