import {
  clearExtension,
  create,
  createFileRegistry,
  fromBinary,
  getExtension,
  setExtension,
} from '@bufbuild/protobuf';
import type { DescExtension, FileRegistry } from '@bufbuild/protobuf';
import { FieldOptionsSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type {
  DescriptorProto,
  FieldDescriptorProto,
  FileDescriptorSet,
  MethodDescriptorProto,
} from '@bufbuild/protobuf/wkt';
import {
  FieldRulesSchema,
  RepeatedRulesSchema,
  RuleSchema,
  StringRulesSchema,
  field as fieldRules,
  message as messageRules,
} from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { contractDescriptors } from '@bytebasket/proto';
import { describe, expect, test } from 'vitest';
import { REPOSITORY, contractRegistry } from './support/contract.js';

type Print = (registry: FileRegistry) => string;

/** Loads a printer of scripts/contract, which is plain JavaScript without types. */
async function loadPrinter(file: string, name: string): Promise<Print> {
  const module = (await import(new URL(`scripts/contract/${file}`, REPOSITORY).href)) as Record<
    string,
    Print
  >;
  const print = module[name];
  if (print === undefined) throw new Error(`${file} has no ${name}`);
  return print;
}

const printValidation = await loadPrinter('print-validation.mjs', 'printValidation');
const printOptions = await loadPrinter('print-options.mjs', 'printOptions');

/** The contract's descriptors, to plant mistakes in. */
class Planted {
  readonly set: FileDescriptorSet = fromBinary(FileDescriptorSetSchema, contractDescriptors());

  message(name: string): DescriptorProto {
    const found = this.set.file
      .flatMap((file) => file.messageType)
      .find((message) => message.name === name);
    if (found === undefined) throw new Error(`no message ${name}`);
    return found;
  }

  field(message: string, name: string): FieldDescriptorProto {
    const found = this.message(message).field.find((field) => field.name === name);
    if (found === undefined) throw new Error(`no field ${message}.${name}`);
    found.options ??= create(FieldOptionsSchema);
    return found;
  }

  method(name: string): MethodDescriptorProto {
    const methods = this.set.file
      .flatMap((file) => file.service)
      .flatMap((service) => service.method);
    const found = methods.find((method) => method.name === name);
    if (found === undefined) throw new Error(`no method ${name}`);
    return found;
  }

  registry(): FileRegistry {
    return createFileRegistry(this.set);
  }
}

function option(name: string): DescExtension {
  const found = contractRegistry().getExtension(`bytebasket.options.v1.${name}`);
  if (found === undefined) throw new Error(`no option ${name}`);
  return found;
}

/** Sets the rules of a field to a string rule. */
function plantText(planted: Planted, rule: Partial<{ pattern: string; prefix: string }>): void {
  const { options } = planted.field('Coupon', 'name');
  if (options === undefined) throw new Error('no options');
  const value = create(StringRulesSchema, rule);
  setExtension(options, fieldRules, create(FieldRulesSchema, { type: { case: 'string', value } }));
}

describe('the generator', () => {
  test('prints the same text for the same contract', () => {
    expect(printValidation(contractRegistry())).toBe(printValidation(contractRegistry()));
    expect(printOptions(contractRegistry())).toBe(printOptions(contractRegistry()));
  });

  test.each(['stream', 'consent'])('refuses a payload without a %s', (name) => {
    const planted = new Planted();
    const { options } = planted.message('CartViewed');
    if (options === undefined) throw new Error('CartViewed has no options');
    clearExtension(options, option(name));
    expect(() => printOptions(planted.registry())).toThrow(
      `bytebasket.event.v1.CartViewed: has no ${name} option`,
    );
  });

  test('refuses a method without a scope', () => {
    const planted = new Planted();
    const { options } = planted.method('ListMetrics');
    if (options === undefined) throw new Error('ListMetrics has no options');
    clearExtension(options, option('scope'));
    expect(() => printOptions(planted.registry())).toThrow(
      '/bytebasket.metrics.v1.MetricsService/ListMetrics: has no scope option',
    );
  });

  test('refuses a scope that is not noun:verb', () => {
    const planted = new Planted();
    const { options } = planted.method('ListMetrics');
    if (options === undefined) throw new Error('ListMetrics has no options');
    setExtension(options, option('scope'), 'everything');
    expect(() => printOptions(planted.registry())).toThrow('has scope everything: use noun:verb');
  });

  test('refuses a rule that it does not know, with the name of the field', () => {
    const planted = new Planted();
    plantText(planted, { prefix: 'x' });
    expect(() => printValidation(planted.registry())).toThrow(
      'bytebasket.event.v1.Coupon.name: the generator does not know rule StringRules.prefix',
    );
  });

  test.each(['^(a+)+$', '^a*$', '^a+$', 'a', '^[a-z]{1,2000}$', '^(?:a|b)$', '^.{1,5}$'])(
    'refuses the pattern %s, whose length or shape is not bounded',
    (pattern) => {
      const planted = new Planted();
      plantText(planted, { pattern });
      expect(() => printValidation(planted.registry())).toThrow(
        `bytebasket.event.v1.Coupon.name: string.pattern ${pattern}`,
      );
    },
  );

  test('takes a bounded pattern', () => {
    const planted = new Planted();
    plantText(planted, { pattern: '^[A-Z]{2}-[0-9]{1,4}$' });
    expect(printValidation(planted.registry())).toContain('/^[A-Z]{2}-[0-9]{1,4}$/u.test(m.name)');
  });

  test('refuses a CEL rule without a function, and one whose expression changed', () => {
    for (const [id, said] of [
      ['order.unheard_of', 'CEL rule order.unheard_of has no function'],
      ['event.identified_user', 'the expression of CEL rule event.identified_user is not the one'],
    ] as const) {
      const planted = new Planted();
      const { options } = planted.message('Event');
      if (options === undefined) throw new Error('Event has no options');
      const rules = getExtension(options, messageRules);
      rules.cel = [create(RuleSchema, { id, message: 'no', expression: 'true' })];
      setExtension(options, messageRules, rules);
      expect(() => printValidation(planted.registry())).toThrow(
        `bytebasket.event.v1.Event: ${said}`,
      );
    }
  });

  test('refuses pii on anything but a single text', () => {
    const planted = new Planted();
    const { options } = planted.field('CartShared', 'product_ids');
    if (options === undefined) throw new Error('no options');
    setExtension(
      options,
      fieldRules,
      create(FieldRulesSchema, { type: { case: 'repeated', value: create(RepeatedRulesSchema) } }),
    );
    setExtension(options, option('pii'), 1);
    expect(() => printValidation(planted.registry())).toThrow(
      'bytebasket.event.v1.CartShared.product_ids: pii stands on single strings only',
    );
  });

  test('tells apart messages that two packages name alike', () => {
    const planted = new Planted();
    planted.message('FieldPatch').name = 'SeriesSelector';
    planted.field('RepairDeadLettersRequest', 'patches').typeName =
      '.bytebasket.admin.v1.SeriesSelector';
    const text = printValidation(planted.registry());
    expect(text).toContain('function validateAdminSeriesSelector(m: AdminSeriesSelector)');
    expect(text).toContain('function validateMetricsSeriesSelector(m: MetricsSeriesSelector)');
    expect(text).toContain('SeriesSelector as AdminSeriesSelector');
  });
});
