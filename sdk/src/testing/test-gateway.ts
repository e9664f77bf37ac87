import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ByteBasketError } from '../errors/byte-basket-error.js';

/** What a test gateway should have. */
export interface TestGatewayOptions {
  /** Whether events are counted, so that metrics move; costs a thread and about 0.3 s at the start. Default false. */
  readonly processor?: boolean | undefined;
  /** Folder to use and keep; default a temporary one that `close` deletes. */
  readonly dataFolder?: string | undefined;
  /** Port of 127.0.0.1; default a free one. */
  readonly port?: number | undefined;
  /** Time zone of the shop's days; default UTC. */
  readonly timeZone?: string | undefined;
}

/** A whole product in the test's process. */
export interface TestGateway {
  /** For `createByteBasket({ endpoint })`. */
  readonly endpoint: string;
  readonly port: number;
  /** Stops it and deletes its temporary folder. */
  close(): Promise<void>;
}

/** The part of `@bytebasket/cli/embedded` that is used; the package is loaded only here, and only when asked for. */
interface EmbeddedModule {
  startEmbedded(options: {
    readonly dataFolder: string;
    readonly port?: number | undefined;
    readonly processor: boolean;
    readonly timeZone?: string | undefined;
  }): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** A variable, so that the compiler and bundlers do not look for a package that may be absent. */
const EMBEDDED: string = '@bytebasket/cli/embedded';

/**
 * Starts a real gateway on 127.0.0.1 without keys and TLS: the product itself, not a mock. Needs `@bytebasket/cli` beside
 * the SDK (PACKAGE_MISSING otherwise). Close it at the end of the test.
 *
 * @example
 * const gateway = await startTestGateway();
 * const bb = createByteBasket({ endpoint: gateway.endpoint });
 */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const { startEmbedded } = await loadEmbedded();
  const { processor = false, port, timeZone } = options;
  const temporary =
    options.dataFolder === undefined ? await mkdtemp(join(tmpdir(), 'bytebasket-sdk-')) : undefined;
  const remove = async (): Promise<void> => {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  };
  const dataFolder = options.dataFolder ?? temporary ?? '';
  try {
    const embedded = await startEmbedded({ dataFolder, port, processor, timeZone });
    return {
      endpoint: `http://127.0.0.1:${embedded.port}`,
      port: embedded.port,
      close: async () => {
        await embedded.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function loadEmbedded(): Promise<EmbeddedModule> {
  let loaded: unknown;
  try {
    loaded = await import(EMBEDDED);
  } catch (cause) {
    if (!missing(cause)) throw cause;
    throw packageMissing('is not installed', cause);
  }
  if (isEmbedded(loaded)) return loaded;
  throw packageMissing('has no startEmbedded', undefined);
}

function missing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const ours =
    error instanceof Error && error.message.includes(EMBEDDED.split('/embedded')[0] ?? '');
  return (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') && ours;
}

function isEmbedded(module: unknown): module is EmbeddedModule {
  return (
    typeof module === 'object' &&
    module !== null &&
    'startEmbedded' in module &&
    typeof module.startEmbedded === 'function'
  );
}

function packageMissing(what: string, cause: unknown): ByteBasketError {
  return new ByteBasketError(
    `${EMBEDDED} ${what}: install @bytebasket/cli of the SDK's version as a development dependency`,
    {
      reason: 'PACKAGE_MISSING',
      code: 'FAILED_PRECONDITION',
      retryable: false,
      metadata: { package: '@bytebasket/cli' },
      cause,
    },
  );
}
