import { FREE_BYTES_MIN } from '@bytebasket/server/adapters/lmdb/failure';
import { TOPICS } from '@bytebasket/server/ports/topics';
import { PortError } from '@bytebasket/server/ports/errors';
import { FraudServiceDefinition } from '@bytebasket/proto/gen/bytebasket/fraud/v1/fraud_service';
import { MetricsServiceDefinition } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metrics_service';
import { RecommendationServiceDefinition } from '@bytebasket/proto/gen/bytebasket/recommendation/v1/recommendation_service';
import { TransactionServiceDefinition } from '@bytebasket/proto/gen/bytebasket/transaction/v1/transaction_service';
import { describe, expect, test } from 'vitest';
import { derivedProbe, logProbe, processorProbe, recommenderProbe } from './health-probes.js';

const signal = new AbortController().signal;
const DERIVED = [
  MetricsServiceDefinition.fullName,
  TransactionServiceDefinition.fullName,
  FraudServiceDefinition.fullName,
];

describe('the health probe of the log', () => {
  const asked: string[] = [];
  const log = {
    bounds: async (topic: string) => {
      asked.push(topic);
      return [];
    },
  };

  test('holds down to the last byte that is needed for writing, and not below', async () => {
    const at = (free: number) => logProbe(log, '/data', () => Promise.resolve(free)).check(signal);
    await expect(at(FREE_BYTES_MIN)).resolves.toBeUndefined();
    await expect(at(FREE_BYTES_MIN - 1)).rejects.toThrow(
      '/data has 67108863 bytes free, 67108864 are needed to write: free some space',
    );
    expect(asked).toEqual([TOPICS.userActivity, TOPICS.userActivity]);
  });

  test('fails with what the log says, and for every service', async () => {
    const broken = new PortError('Unavailable', 'check the disk, then restart');
    const probe = logProbe({ bounds: () => Promise.reject(broken) }, '/data');
    await expect(probe.check(signal)).rejects.toBe(broken);
    expect(probe.services).toBeUndefined();
  });

  test('asks the file system for the room', async () => {
    await expect(logProbe(log, '/no/such/folder').check(signal)).rejects.toThrow('ENOENT');
  });
});

describe('the health probe of the tables', () => {
  test('fails with what their environment says, and takes down what is derived only', async () => {
    const broken = new PortError('Unavailable', 'check the disk, then restart');
    const probe = derivedProbe({ bounds: () => Promise.reject(broken) });
    await expect(probe.check(signal)).rejects.toBe(broken);
    expect(probe.services).toEqual(DERIVED);
    await expect(derivedProbe({ bounds: async () => [] }).check(signal)).resolves.toBeUndefined();
  });
});

describe('the health probe of the processor', () => {
  test('follows the processor, and takes down what is derived only', async () => {
    let ready = false;
    const probe = processorProbe(() => ready);
    await expect(probe.check(signal)).rejects.toThrow('the processor does not run yet');
    ready = true;
    await expect(probe.check(signal)).resolves.toBeUndefined();
    expect(probe.services).toEqual(DERIVED);
  });
});

describe('the health probe of the recommender', () => {
  test('follows the recommender, and takes down the recommendations only', async () => {
    let ready = false;
    const probe = recommenderProbe(() => ready);
    await expect(probe.check(signal)).rejects.toThrow('the recommender is starting');
    ready = true;
    await expect(probe.check(signal)).resolves.toBeUndefined();
    expect(probe.services).toEqual([RecommendationServiceDefinition.fullName]);
  });
});
