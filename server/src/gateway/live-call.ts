import { ErrorReason } from '@bytebasket/proto/gen/bytebasket/error/v1/error_reason';
import type { CallContext } from 'nice-grpc-common';
import { ServerError, Status } from 'nice-grpc-common';
import type { KnownCaller } from './access/access.js';
import { DEADLINE_KEY } from './call-interceptor.js';
import { DETAILS_KEY, toWireError } from './error-details.js';
import { cancelled, deadlineExceeded, toServiceError } from './error-mapping.js';
import type { Gate, GatedMethod } from './gate.js';
import type { ServiceError } from './service-error.js';

const NOBODY: KnownCaller = {
  clientId: 'anonymous',
  scopes: new Set(),
  unrestricted: false,
  keyId: undefined,
};

/** A call that has just arrived. */
export interface CallStart {
  readonly gate: Gate;
  readonly method: GatedMethod;
  readonly context: ArrivedContext;
}

/** `cancelled` where it can be told without making a signal: most unary calls never look at theirs. */
export type ArrivedContext = CallContext & { readonly cancelled?: boolean };

/** One call from admission to its end: who calls, the deadline, the signal, and the one place where it is counted and logged. */
export class LiveCall {
  caller: KnownCaller = NOBODY;
  deadlineMs: number | undefined;
  messages: number | undefined;
  readonly #gate: Gate;
  readonly #method: GatedMethod;
  readonly #context: ArrivedContext;
  readonly #startedMs = performance.now();
  #limitMs: number | undefined;
  #controller: AbortController | undefined;
  #onExpire: ((error: ServiceError) => void) | undefined;
  #aborted: ServiceError | undefined;
  #ended = false;

  constructor({ gate, method, context }: CallStart) {
    this.#gate = gate;
    this.#method = method;
    this.#context = context;
    gate.callsInFlight += 1;
  }

  /** Checks key, scope and room, and starts the deadline. Throws ServiceError. `expire` is called when the deadline passes. */
  admit(expire: (error: ServiceError) => void): void {
    const { metadata } = this.#context;
    const { entry } = this.#method;
    this.caller = this.#gate.admit(entry, metadata.get('authorization')) ?? NOBODY;
    const given = metadata.get(DEADLINE_KEY);
    const asked = given === undefined ? undefined : Number(given) - Date.now();
    this.#limitMs = this.#limit(asked);
    if (this.#limitMs === undefined) return;
    this.deadlineMs = this.#gate.clock.nowMs() + this.#limitMs;
    // The client's own deadline is kept by grpc-js; the gate looks only where ours is earlier: a timer for every call would cost more.
    if (asked !== undefined && asked <= this.#limitMs) return;
    this.#onExpire = expire;
    this.#gate.expiring.add(this);
  }

  /** Ends the call when its deadline lies before `nowMs` of the performance clock. The gate looks ten times a second. */
  expireBy(nowMs: number): void {
    const limitMs = this.#limitMs ?? Infinity;
    if (nowMs < this.#startedMs + limitMs) return;
    const error = deadlineExceeded(limitMs);
    this.abort(error);
    this.#onExpire?.(error);
  }

  #limit(asked: number | undefined): number | undefined {
    const { entry } = this.#method;
    const { unaryDeadlineMs, deadlineMsMax } = this.#gate.limits;
    if (entry.type !== 'unary') return asked;
    return Math.min(asked ?? unaryDeadlineMs, deadlineMsMax);
  }

  /** The signal for the handler; made when first asked for, since most unary calls never look at it. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    const outer = this.#context.signal;
    if (this.#aborted !== undefined) controller.abort(this.#aborted);
    else if (outer.aborted) controller.abort(this.goneError());
    else {
      outer.addEventListener('abort', () => {
        controller.abort(this.goneError());
      });
    }
    return controller.signal;
  }

  /** Aborts the handler's signal with a reason of ours. */
  abort(error: ServiceError): void {
    this.#aborted ??= error;
    this.#controller?.abort(error);
  }

  /** Why grpc-js cancelled the call: its deadline passed, or the caller went away. */
  goneError(): ServiceError {
    return this.#expired() ? deadlineExceeded(this.#limitMs ?? 0) : cancelled();
  }

  #gone(): boolean {
    return this.#context.cancelled ?? this.#context.signal.aborted;
  }

  #expired(): boolean {
    return this.deadlineMs !== undefined && this.#gate.clock.nowMs() >= this.deadlineMs;
  }

  /** Counts a success, or what became of the call when nobody waited for it any more. Further ends do nothing. */
  succeed(): void {
    this.#end(
      this.#gone() ? (this.#expired() ? Status.DEADLINE_EXCEEDED : Status.CANCELLED) : Status.OK,
    );
  }

  /** Counts a failure and returns the error to throw to nice-grpc, its details already in the trailer. */
  fail(thrown: unknown): ServerError {
    if (thrown instanceof ServerError) {
      this.#end(thrown.code);
      return thrown;
    }
    const error = this.#translate(thrown);
    const wire = toWireError(error);
    this.#context.trailer.set(DETAILS_KEY, wire.details);
    if (error.reason === ErrorReason.INTERNAL && !this.#ended) {
      const incident = error.metadata['incident'] ?? '';
      this.#gate.log.incident(incident, this.#method.entry.path, error.cause ?? error);
    }
    this.#end(wire.error.code, ErrorReason[error.reason]);
    return wire.error;
  }

  #translate(thrown: unknown): ServiceError {
    const end = {
      cancelled: this.#gone(),
      expiredAfterMs: this.#expired() ? this.#limitMs : undefined,
      draining: this.#gate.draining,
    };
    const error = toServiceError(thrown, end);
    // A handler that noticed the abort in its own way still ends for the reason of the abort.
    const ours = this.#aborted !== undefined && error.reason === ErrorReason.INTERNAL;
    return ours && this.#aborted !== undefined ? this.#aborted : error;
  }

  #end(code: Status, reason?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#onExpire !== undefined) this.#gate.expiring.delete(this);
    this.#gate.callsInFlight -= 1;
    const ms = performance.now() - this.#startedMs;
    this.#method.metrics.ended(code, ms / 1_000);
    if (!this.#gate.log.wants(code, ms, this.messages !== undefined)) return;
    this.#gate.log.write({
      method: this.#method.entry.path,
      code,
      ms,
      clientId: this.caller.clientId,
      keyId: this.caller.keyId,
      peer: this.#context.peer,
      messages: this.messages,
      reason,
    });
  }
}
