import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import type { Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';

type Payload = NonNullable<Event['payload']>;

/** Name of a payload, such as `productViewed`: the names of the methods of `track`. */
export type PayloadName = Payload['$case'];

/** The message behind a payload's name. */
export type PayloadOf<Name extends PayloadName> = Extract<Payload, { $case: Name }>['value'];

/**
 * A message as callers may write it: every field may be left out (the contract says which are required, and the check
 * before queueing names those that miss), 64-bit numbers may be numbers, lists may be read-only.
 */
export type Input<T> = T extends bigint
  ? bigint | number | string
  : T extends Date | Uint8Array | string | number | boolean | undefined
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Input<Item>[]
      : { readonly [Key in keyof T]?: Input<T[Key]> | undefined };

/** What `track.<name>` takes: the payload's fields as the contract names them, in camelCase. */
export type PayloadInput<Name extends PayloadName> = Input<PayloadOf<Name>>;

/** Surroundings of an event: device, country, channel, page, campaign and so on. Every field may be left out. */
export type ContextInput = Input<Context>;

/** Who an event is about. What a call leaves out comes from the visitor, then from the client's options. */
export interface Identity {
  /** The visitor's device, 1 to 128 characters of `A-Z a-z 0-9 _ . : -`. Every event needs one, from here or the defaults. */
  readonly anonymousId?: string | undefined;
  /** The person, once known; same characters. */
  readonly userId?: string | undefined;
  /** The visit; same characters. */
  readonly sessionId?: string | undefined;
  /** Merged over the defaults field by field at the top level: a `device` given here replaces the default's `device`. */
  readonly context?: ContextInput | undefined;
}

/** What a call to `track` may say besides its payload. */
export interface TrackOptions extends Identity {
  /** When it happened; default now. */
  readonly occurTime?: Date | undefined;
  /** Identity of the event, a UUIDv7 in lower case; default a new one. Give one to make a repeat harmless. */
  readonly eventId?: string | undefined;
  /** Ends the wait for room in the queue or for the disk; the event may have been queued all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** A whole event for `publish`: exactly one payload by name and value, and the same options as `track`. */
export type EventInput = Omit<TrackOptions, 'signal'> & {
  readonly payload: {
    readonly [Name in PayloadName]: {
      readonly $case: Name;
      readonly value: PayloadInput<Name>;
    };
  }[PayloadName];
};
