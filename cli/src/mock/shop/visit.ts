import { Channel, Context } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { FraudType } from '../settings.js';
import type { Payload, Who, World } from '../world.js';
import { TASTES } from './catalogue.js';
import type { Device, Place } from './population.js';

/** Somebody on a device in the shop. */
export interface Visit {
  readonly world: World;
  readonly device: Device;
  readonly place: Place;
  readonly tastes: readonly [first: number, second: number];
  readonly sessionId: string;
  readonly fraud: FraudType | undefined;
  /** The account that is logged in; empty when none is. */
  userId(): string;
  /** From now on events are about this account. */
  become(userId: string): void;
  /** Who the events of the visit are about now. */
  who(): Who;
  emit(payload: Payload): void;
}

export interface VisitOptions {
  readonly device: Device;
  readonly place: Place;
  /** Default: one by chance, twice. */
  readonly tastes?: readonly [first: number, second: number] | undefined;
  readonly userId?: string | undefined;
  readonly fraud?: FraudType | undefined;
}

const CHANNELS = [
  Channel.DIRECT,
  Channel.DIRECT,
  Channel.ORGANIC_SEARCH,
  Channel.ORGANIC_SEARCH,
  Channel.PAID_SEARCH,
  Channel.SOCIAL,
  Channel.EMAIL,
  Channel.REFERRAL,
  Channel.AFFILIATE,
];

/** Opens a visit. Nothing is said before its first event. */
export function openVisit(world: World, options: VisitOptions): Visit {
  const { random } = world;
  const { device, place, fraud } = options;
  const anyTaste = random.int(0, TASTES - 1);
  const sessionId = world.newId('s');
  const context = contextOf(options, random.pick(CHANNELS));
  const identity = { anonymousId: device.anonymousId, sessionId, context, fraud };
  let who: Who = { ...identity, userId: options.userId ?? '' };
  return {
    world,
    device,
    place,
    tastes: options.tastes ?? [anyTaste, anyTaste],
    sessionId,
    fraud,
    userId: () => who.userId,
    become: (userId) => {
      who = { ...identity, userId };
    },
    who: () => who,
    emit: (payload) => {
      world.emit(who, payload);
    },
  };
}

function contextOf({ device, place }: VisitOptions, channel: Channel): Context {
  return Context.fromPartial({
    device: {
      type: device.type,
      fingerprint: device.fingerprint,
      os: device.os,
      browser: device.browser,
    },
    country: place.country.code,
    locale: place.country.locale,
    channel,
    app: { name: 'mock-shop' },
    ip: place.ip,
  });
}
