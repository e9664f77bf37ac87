import {
  getOption,
  isMessage,
  toJson,
  type DescExtension,
  type DescField,
  type DescMessage,
  type DescOneof,
  type FileRegistry,
  type Message,
} from '@bufbuild/protobuf';
import type { GenExtension } from '@bufbuild/protobuf/codegenv2';

/** The `buf.validate` rules of a field, as far as they are set. */
export interface FieldRules {
  readonly required: boolean;
  readonly ignoreZero: boolean;
  /** Ids of its CEL rules. */
  readonly cel: readonly string[];
  /** The typed rules, such as `{ int32: { gte: 1 } }`, without the keys above; names as in proto JSON. */
  readonly typed: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

type Json = Record<string, unknown>;

/** Reads the options of descriptors that were loaded at run time. */
export class RuleReader {
  readonly #registry: FileRegistry;

  constructor(registry: FileRegistry) {
    this.#registry = registry;
  }

  field(field: DescField): FieldRules {
    const { required, ignore, cel, ...typed } = this.#read('buf.validate.field', field);
    return {
      required: required === true,
      ignoreZero: ignore === 'IGNORE_IF_ZERO_VALUE',
      cel: celIds(cel),
      typed: typed as FieldRules['typed'],
    };
  }

  /** Ids of the CEL rules of a message. */
  messageCel(message: DescMessage): readonly string[] {
    return celIds(this.#read('buf.validate.message', message)['cel']);
  }

  oneofRequired(oneof: DescOneof): boolean {
    return this.#read('buf.validate.oneof', oneof)['required'] === true;
  }

  #read(name: string, desc: DescField | DescMessage | DescOneof): Json {
    const extension = this.#registry.getExtension(name);
    if (extension === undefined) throw new TypeError(`the contract has no option ${name}`);
    const value: unknown = getOption(desc, asOption(extension));
    const schema = extension.message;
    if (schema === undefined || !isMessage(value, schema)) {
      throw new TypeError(`option ${name} is no message`);
    }
    return toJson(schema, value, { registry: this.#registry }) as Json;
  }
}

/** The library types options of generated code only; those of a registry work alike. */
function asOption(extension: DescExtension): GenExtension<Message, Message> {
  return extension as unknown as GenExtension<Message, Message>;
}

function celIds(rules: unknown): readonly string[] {
  if (!Array.isArray(rules)) return [];
  return rules.map((rule: unknown) => {
    const id = typeof rule === 'object' && rule !== null && 'id' in rule ? rule.id : '';
    return String(id);
  });
}
