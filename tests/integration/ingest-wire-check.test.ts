import { toBinary } from '@bufbuild/protobuf';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { PAYLOADS } from '@bytebasket/proto/options';
import { validateEvent } from '@bytebasket/proto/validation';
import { createExaminer, isRejected } from '@bytebasket/server/ingest/examine-event';
import type { Examined } from '@bytebasket/server/ingest/examine-event';
import { WireCheck } from '@bytebasket/server/ingest/wire-check';
import { describe, expect, test } from 'vitest';
import { contractRegistry } from '../contract/support/contract.js';
import { randomMessage } from '../contract/support/random-message.js';
import { seededRandom, testSeed, type Random } from '../support/random.js';

const seed = testSeed();
const registry = contractRegistry();
const LATEST_MS = 2_000_000_000_000;

function eventDescriptor() {
  const found = registry.getMessage('bytebasket.event.v1.Event');
  if (found === undefined) throw new Error('the contract has no Event');
  return found;
}
const descriptor = eventDescriptor();
const payloads = descriptor.oneofs[0]?.fields ?? [];

function randomEvent(random: Random, spoil: number, target?: (typeof payloads)[number]): Buffer {
  const recipe = { random, spoil: 0, target: undefined, budget: { left: 600 }, currency: 'EUR' };
  const message = randomMessage(descriptor, { ...recipe, spoil });
  if (target?.message !== undefined) {
    const inner = randomMessage(target.message, { ...recipe, spoil });
    Object.assign(message, { payload: { case: target.localName, value: inner } });
  }
  return Buffer.from(toBinary(descriptor, message));
}

/** Bit flips, cuts, repeats and unknown fields. */
function damage(random: Random, bytes: Buffer): Buffer {
  const kind = random.int(0, 5);
  if (kind === 0) return bytes.subarray(0, random.int(0, bytes.length));
  if (kind === 1) return Buffer.concat([bytes, bytes.subarray(0, random.int(0, bytes.length))]);
  if (kind === 2) {
    const unknown = random.pick(['c03e01', 'ba070161', '9a0600', '0e', '00', '12015f']);
    return Buffer.concat([bytes, Buffer.from(unknown, 'hex')]);
  }
  const copy = Buffer.from(bytes);
  for (let i = random.int(1, 3); i > 0; i--) {
    const at = random.int(0, copy.length - 1);
    copy[at] = kind === 3 ? random.int(0, 255) : (copy[at] ?? 0) ^ (1 << random.int(0, 7));
  }
  return copy;
}

interface Verdict {
  readonly seen: Examined;
  readonly words: readonly number[];
}

/** The event stands between others, as in a batch. */
function judge(bytes: Buffer, how: 'examine' | 'examineThoroughly'): Verdict {
  const words = new Uint32Array(12);
  const around = Buffer.concat([Buffer.alloc(3, 0xff), bytes, Buffer.alloc(3, 0x0a)]);
  const slice = { bytes: around, from: 3, to: 3 + bytes.length, latestMs: LATEST_MS };
  const seen = examiner[how]({ ...slice, index: 0, words, wordAt: 4 });
  return { seen, words: [...words.subarray(4, 8)] };
}

const examiner = createExaminer(4);
const check = new WireCheck();

function quick(bytes: Buffer): boolean {
  const words = new Uint32Array(4);
  return check.passes({ bytes, from: 0, to: bytes.length, words, wordAt: 0, latestMs: LATEST_MS });
}

describe('the check of events from their bytes', () => {
  test('accepts only what the decoder and the generated validation accept', () => {
    const random = seededRandom(seed);
    const tally = { quick: 0, thorough: 0, rejected: 0 };
    for (let round = 0; round < 3_000; round++) {
      const sound = randomEvent(random, random.pick([0, 0, 0.02, 0.1]));
      const bytes = random.chance(0.5) ? damage(random, sound) : sound;
      const hint = (): string => `seed ${seed}, round ${round}: ${bytes.toString('hex')}`;
      const thorough = judge(bytes, 'examineThoroughly');
      if (isRejected(thorough.seen)) tally.rejected += 1;
      else {
        tally.thorough += 1;
        if (validateEvent(Event.decode(bytes)) !== undefined) throw new Error(hint());
      }
      if (!quick(bytes)) continue;
      tally.quick += 1;
      expect(judge(bytes, 'examine'), hint()).toEqual(thorough);
      if (isRejected(thorough.seen)) throw new Error(`${thorough.seen.message}: ${hint()}`);
    }
    expect(tally.quick).toBeGreaterThan(200);
    expect(tally.rejected).toBeGreaterThan(600);
    // What it leaves to the decoder is the smaller part.
    expect(tally.quick / tally.thorough).toBeGreaterThan(0.6);
  });

  test('knows every payload but those with rules between fields', () => {
    const random = seededRandom(seed);
    const unknown = payloads.filter((payload) => {
      for (let round = 0; round < 60; round++) {
        const bytes = randomEvent(random, 0, payload);
        if (!isRejected(judge(bytes, 'examineThoroughly').seen) && quick(bytes)) return false;
      }
      return true;
    });
    expect(unknown.map((field) => field.name)).toEqual([
      'order_completed',
      'order_updated',
      'order_refunded',
      'user_identified',
    ]);
    expect(payloads).toHaveLength(Object.keys(PAYLOADS).length);
  });

  test('takes user_id for the key and anonymous_id without one', () => {
    const fields = {
      eventId: '0199d3c8-0000-7000-8000-00000000000a',
      anonymousId: 'device',
      occurTime: new Date(LATEST_MS),
      payload: { $case: 'cartViewed' as const, value: {} },
    };
    for (const userId of ['', 'ann']) {
      const bytes = Buffer.from(Event.encode(Event.fromPartial({ ...fields, userId })).finish());
      expect(quick(bytes)).toBe(true);
      const { seen, words } = judge(bytes, 'examine');
      if (isRejected(seen)) throw new Error(seen.message);
      expect(Buffer.from(seen.key).toString()).toBe(userId === '' ? 'device' : 'ann');
      expect(words).toEqual([0x0199d3c8, 0x00007000, 0x80000000, 0x0000000a]);
    }
  });

  test('accepts the last moment that is not too far ahead and no later one', () => {
    const at = (ms: number): boolean =>
      quick(
        Buffer.from(
          Event.encode(
            Event.fromPartial({
              eventId: '0199d3c8-0000-7000-8000-00000000000a',
              anonymousId: 'device',
              occurTime: new Date(ms),
              payload: { $case: 'cartViewed', value: {} },
            }),
          ).finish(),
        ),
      );
    expect([at(LATEST_MS), at(LATEST_MS + 1)]).toEqual([true, false]);
  });
});
