import {
  FraudServiceDefinition,
  type FraudServiceImplementation,
} from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import {
  RecommendationServiceDefinition,
  type RecommendationServiceImplementation,
} from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import {
  TransactionServiceDefinition,
  type TransactionServiceImplementation,
} from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { createByteBasket, type ByteBasket, type ByteBasketOptions } from '@bytebasket/sdk';
import { createServer } from 'nice-grpc';
import { ServerError, Status } from 'nice-grpc-common';
import { errorDetailsServerMiddleware } from 'nice-grpc-error-details';
import type { Random } from '../support/random.js';
import { richError } from './sdk-scripted-gateway.js';

/** What a test says of the services; what it leaves out answers UNIMPLEMENTED. */
export interface ScriptedServices {
  readonly fraud?: Partial<FraudServiceImplementation>;
  readonly transactions?: Partial<TransactionServiceImplementation>;
  readonly recommendations?: Partial<RecommendationServiceImplementation>;
}

export interface ScriptedWorld {
  readonly bb: ByteBasket;
  close(): Promise<void>;
}

function unscripted(): never {
  throw new ServerError(Status.UNIMPLEMENTED, 'not in this script');
}

// eslint-disable-next-line require-yield -- it fails at once
async function* unscriptedStream(): AsyncGenerator<never> {
  unscripted();
}

/** Starts the services on a free port with a client of them that tries again within 3 ms. */
export async function scriptedWorld(
  services: ScriptedServices,
  options: Partial<ByteBasketOptions> = {},
): Promise<ScriptedWorld> {
  const server = createServer().use(errorDetailsServerMiddleware);
  server.add(FraudServiceDefinition, {
    scoreTransaction: unscripted,
    listAlerts: unscripted,
    getAlert: unscripted,
    updateAlert: unscripted,
    reportLabel: unscripted,
    watchAlerts: unscriptedStream,
    ...services.fraud,
  });
  server.add(TransactionServiceDefinition, {
    getTransaction: unscripted,
    listTransactions: unscripted,
    watchTransactions: unscriptedStream,
    ...services.transactions,
  });
  server.add(RecommendationServiceDefinition, {
    getRecommendations: unscripted,
    getSimilarItems: unscripted,
    getTrendingItems: unscripted,
    watchRecommendations: unscriptedStream,
    ...services.recommendations,
  });
  const port = await server.listen('127.0.0.1:0');
  const bb = createByteBasket({
    endpoint: `http://127.0.0.1:${port}`,
    retry: { delayBaseMs: 1, delayMaxMs: 3 },
    ...options,
  });
  return {
    bb,
    close: async () => {
      await bb.close();
      server.forceShutdown();
      await server.shutdown();
    },
  };
}

/** A value or a checkpoint, as the watches of the contract send them. */
export type FeedAnswer<Value> = {
  readonly event:
    | { readonly $case: 'value'; readonly value: Value }
    | {
        readonly $case: 'checkpoint';
        readonly value: { readonly resumeToken: string; readonly watermarkTime: Date };
      };
};

export interface FeedFaults {
  readonly random: Random;
  /** Breaks to make altogether; then the streams hold. */
  cuts: number;
  /** Streams opened. */
  streams: number;
}

/**
 * A log of changes that watches follow and resume in: token = position. Checkpoints come after random values, so that a
 * resumed stream has its own ones; a stream breaks before its first answer, after any value or after any checkpoint. As in
 * the contract, the first answer of a new watch is a checkpoint.
 */
export async function* cutFeed<Value>(
  log: readonly Value[],
  resumeToken: string,
  faults: FeedFaults,
): AsyncGenerator<FeedAnswer<Value>> {
  const { random } = faults;
  faults.streams += 1;
  let at = resumeToken === '' ? log.length : Number(resumeToken);
  const cut = (probability: number): void => {
    if (faults.cuts <= 0 || !random.chance(probability)) return;
    faults.cuts -= 1;
    if (random.chance(0.2)) {
      const message = 'this subscription fell behind: reconnect';
      throw richError(Status.RESOURCE_EXHAUSTED, 'SUBSCRIBER_TOO_SLOW', {
        message,
        retryDelayMs: 1,
      });
    }
    throw new ServerError(random.chance(0.5) ? Status.UNAVAILABLE : Status.INTERNAL, 'cut');
  };
  const checkpoint = (): FeedAnswer<Value> => ({
    event: {
      $case: 'checkpoint',
      value: { resumeToken: String(at), watermarkTime: new Date(at) },
    },
  });
  cut(0.1);
  if (resumeToken === '') yield checkpoint();
  for (;;) {
    const value = log[at];
    if (value === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    yield { event: { $case: 'value', value } };
    at += 1;
    cut(0.2);
    if (random.chance(0.25)) {
      yield checkpoint();
      cut(0.2);
    }
  }
}
