import { AlertState, FraudRecord } from '@bytebasket/proto/gen/bytebasket/fraud/v1/alert';
import { Decision, DecisionAction } from '@bytebasket/proto/gen/bytebasket/fraud/v1/decision';
import { describe, expect, test } from 'vitest';
import { seededRandom, testSeed } from '../../../../tests/support/random.js';
import { decodeFraudRecord } from './fraud-record.js';

const recordOf = (value: Decision): Uint8Array =>
  FraudRecord.encode({ record: { $case: 'decision', value } }).finish();

function someDecision(random = seededRandom(testSeed())): Decision {
  const text = () => random.pick(['a', 'käse', 'x'.repeat(random.int(1, 128)), '']);
  return Decision.create({
    decisionId: `d${text()}`,
    paymentId: `p${text()}`,
    action: random.pick([DecisionAction.ALLOW, DecisionAction.REVIEW, DecisionAction.BLOCK]),
    score: random.next() * 100,
    features: Array.from({ length: random.int(0, 9) }, () => ({
      name: text(),
      value: random.pick([
        { $case: 'number', value: random.next() },
        { $case: 'text', value: text() },
        { $case: 'flag', value: true },
      ] as const),
    })),
    decideTime: new Date(random.int(0, 2 ** 40)),
    amount: { currencyCode: 'EUR', units: BigInt(random.int(0, 99)), nanos: random.int(0, 99) },
    userId: text(),
  });
}

describe('a record of decisions', () => {
  test('says the same as the generated decoder, whatever is in it', () => {
    const random = seededRandom(testSeed());
    for (let i = 0; i < 300; i++) {
      const decision = someDecision(random);
      const bytes = recordOf(decision);
      // A view into a larger buffer, as batches of the log have it, which is overwritten afterwards.
      const batch = Buffer.concat([Buffer.alloc(7, 1), bytes, Buffer.alloc(5, 2)]);
      const content = decodeFraudRecord(batch.subarray(7, 7 + bytes.length));
      batch.fill(0xff);
      if (content.$case !== 'decision') throw new Error('a decision became something else');
      const { decisionId, paymentId, action } = decision;
      expect(content.value).toMatchObject({ decisionId, paymentId, action });
      expect(Decision.decode(content.value.body)).toEqual(decision);
    }
  });

  test('that is cut anywhere is refused, or lacks what was cut off', () => {
    const bytes = recordOf(someDecision());
    for (let end = 0; end < bytes.length; end++) {
      expect(() => decodeFraudRecord(bytes.subarray(0, end)), `cut at ${end}`).toThrow();
    }
  });

  test('with a field that a newer version added is a decision all the same', () => {
    const decision = someDecision();
    const bytes = Buffer.concat([recordOf(decision), Buffer.from([0x98, 0x06, 0x01])]);
    const content = decodeFraudRecord(bytes);
    expect(content.$case === 'decision' && Decision.decode(content.value.body)).toEqual(decision);
  });

  test('may be an action of an operator', () => {
    const value = {
      alertId: 'd-1',
      expectedVersion: 2n,
      state: AlertState.ASSIGNED,
      assignee: 'eve',
      note: '',
      requestId: 'r',
      clientId: 'shop',
    };
    const bytes = FraudRecord.encode({ record: { $case: 'alertAction', value } }).finish();
    expect(decodeFraudRecord(bytes)).toEqual({ $case: 'alertAction', value });
  });
});
