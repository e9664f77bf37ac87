// The differential suite: the generated checks against protovalidate, over every message that has a check.
import type { DescMessage } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { describe, expect, test } from 'vitest';
import { contractRegistry, findCheck, loadCodec, ownMessages } from './contract.js';
import { declaredRules } from './declared-rules.js';
import { SUMS, newTally, runDifferential } from './differential.js';
import type { Subject, Tally } from './differential.js';
import { seededRandom, testSeed } from '../../support/random.js';

const seed = testSeed();
const registry = contractRegistry();
const validator = createValidator({ registry });
const checked = ownMessages(registry).filter((desc) => findCheck(desc) !== undefined);

const ATTEMPTS_MAX = 60;

/** Rules that no message of the run broke. */
const unbroken = (desc: DescMessage, tally: Tally) =>
  declaredRules(desc).filter(({ name }) => !tally.broken.has(name));

const VALID_MIN = 10;
const SUMS_MIN = 3;

/** Whether a run saw enough valid messages and, where there is a sum rule, wrong sums. */
const sawBothSides = (desc: DescMessage, { valid, sums }: Tally): boolean =>
  valid >= VALID_MIN && (SUMS[desc.typeName] === undefined || sums >= SUMS_MIN);

/** Runs at least `rounds` messages of one type, and goes on while a rule was not broken yet or one side was hardly seen. */
function campaign(subject: Subject, rounds: number): Tally {
  const { desc } = subject;
  const tally = newTally();
  const common = { validator, random: seededRandom(seed), tally };
  const enough = Math.max(rounds, 4 * desc.fields.length);
  runDifferential(subject, { ...common, rounds: enough, targets: desc.fields });
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const left = unbroken(desc, tally);
    if (left.length === 0 && sawBothSides(desc, tally)) break;
    const targets = left.flatMap(({ field }) => field ?? desc.fields);
    runDifferential(subject, { ...common, rounds: Math.max(20, 2 * targets.length), targets });
  }
  return tally;
}

/** Declares the suite: every checked message type, at least `rounds` random messages of each. */
export function differentialSuite(rounds: number): void {
  describe('the generated checks', () => {
    test('exist for the events and for every request', () => {
      const names = checked.map(({ name }) => name);
      expect(names).toEqual(
        expect.arrayContaining(['Event', 'OrderCompleted', 'LineItem', 'Context']),
      );
      const services = [...registry.files].flatMap((file) => file.services);
      const inputs = services
        .filter(({ typeName }) => typeName.startsWith('bytebasket.'))
        .flatMap((service) => service.methods.map(({ input }) => input.name));
      expect(names).toEqual(expect.arrayContaining(inputs));
    });

    test.each(checked)(
      'find in random $name messages exactly what protovalidate finds',
      async (desc) => {
        const check = findCheck(desc);
        if (check === undefined) throw new Error(`no check for ${desc.typeName}`);
        const codec = await loadCodec(desc);
        try {
          const tally = campaign({ desc, codec, check }, rounds);
          expect(unbroken(desc, tally), 'rules that were never broken').toEqual([]);
          expect(sawBothSides(desc, tally), JSON.stringify(tally)).toBe(true);
          const decided = tally.valid + tally.invalid;
          expect(tally.undecided, 'messages without a verdict').toBeLessThan(decided / 2);
        } catch (cause) {
          throw new Error(`repeat with BYTEBASKET_SEED=${seed}: ${String(cause)}`, { cause });
        }
      },
    );
  });
}
