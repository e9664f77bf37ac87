import type { CompatServiceDefinition, ServiceDefinition } from 'nice-grpc';
import type { MethodDefinition } from 'nice-grpc';

/** Who may call a method. `closed`: it declares no scope, so nobody may. */
export type MethodRule =
  | { readonly kind: 'public' }
  | { readonly kind: 'any-key' }
  | { readonly kind: 'scope'; readonly scope: string }
  | { readonly kind: 'closed' };

/** Services of gRPC itself, which have no scopes of ours. They keep answering when the gateway is saturated. */
export const FOREIGN_SERVICES: Readonly<Record<string, MethodRule>> = {
  'grpc.health.v1.Health': { kind: 'public' },
  'grpc.reflection.v1.ServerReflection': { kind: 'any-key' },
  'grpc.reflection.v1alpha.ServerReflection': { kind: 'any-key' },
};

/** Label of a method's shape, as go-grpc-prometheus names them. */
export type MethodType = 'unary' | 'client_stream' | 'server_stream' | 'bidi_stream';

/** What the gateway knows of a method before the first call. */
export interface MethodEntry {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly service: string;
  readonly method: string;
  readonly type: MethodType;
  readonly rule: MethodRule;
  readonly foreign: boolean;
}

/** A request that could not be decoded. It travels to the middleware as a value, so that the call ends with a typed error. */
export class MalformedRequest {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** The entry of every method; `scopes` by path. */
export function methodEntries(
  definition: ServiceDefinition,
  scopes: Readonly<Record<string, string>>,
): MethodEntry[] {
  return Object.values(definition).map((one) => {
    const [, service = '', method = ''] = one.path.split('/');
    const foreign = FOREIGN_SERVICES[service];
    const scope = scopes[one.path];
    const rule: MethodRule =
      foreign ?? (scope === undefined ? { kind: 'closed' } : { kind: 'scope', scope });
    return {
      path: one.path,
      service,
      method,
      type: typeOf(one.requestStream, one.responseStream),
      rule,
      foreign: foreign !== undefined,
    };
  });
}

function typeOf(requestStream: boolean, responseStream: boolean): MethodType {
  if (requestStream) return responseStream ? 'bidi_stream' : 'client_stream';
  return responseStream ? 'server_stream' : 'unary';
}

type AnyMethod = MethodDefinition<unknown, unknown, unknown, unknown>;

/**
 * Brings a definition into nice-grpc's own shape and guards its decoders: bytes that do not decode become a
 * MalformedRequest instead of grpc-js' INTERNAL. Definitions with codecs of their own keep them.
 */
export function guardedDefinition(definition: CompatServiceDefinition): ServiceDefinition {
  const guarded: Record<string, AnyMethod> = {};
  for (const [name, method] of Object.entries(methodsOf(definition))) {
    const decode = method.requestDeserialize;
    guarded[name] = {
      ...method,
      requestDeserialize: (bytes) => {
        try {
          return decode(bytes);
        } catch (error) {
          return new MalformedRequest(error);
        }
      },
    };
  }
  return guarded;
}

interface MessageCodec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  fromPartial?(partial: unknown): unknown;
}

interface GeneratedDefinition {
  readonly fullName: string;
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly requestType: MessageCodec;
        readonly requestStream: boolean;
        readonly responseType: MessageCodec;
        readonly responseStream: boolean;
        readonly options: { readonly idempotencyLevel?: 'IDEMPOTENT' | 'NO_SIDE_EFFECTS' };
      }
    >
  >;
}

function methodsOf(definition: CompatServiceDefinition): Record<string, AnyMethod> {
  if (!('fullName' in definition && 'methods' in definition)) {
    const methods = definition as Record<string, AnyMethod>;
    return Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [
        name,
        { ...method, options: optionsOf(method) },
      ]),
    );
  }
  const generated = definition as unknown as GeneratedDefinition;
  return Object.fromEntries(
    Object.entries(generated.methods).map(([name, method]) => [
      name,
      {
        path: `/${generated.fullName}/${method.name}`,
        requestStream: method.requestStream,
        responseStream: method.responseStream,
        requestSerialize: encoder(method.requestType),
        requestDeserialize: (bytes: Uint8Array) => method.requestType.decode(bytes),
        responseSerialize: encoder(method.responseType),
        responseDeserialize: (bytes: Uint8Array) => method.responseType.decode(bytes),
        options: method.options,
      },
    ]),
  );
}

// grpc-js' own definitions carry no options.
function optionsOf(method: Partial<AnyMethod>): AnyMethod['options'] {
  return method.options ?? {};
}

function encoder(codec: MessageCodec): (value: unknown) => Uint8Array {
  return (value) =>
    codec.encode(codec.fromPartial === undefined ? value : codec.fromPartial(value)).finish();
}
