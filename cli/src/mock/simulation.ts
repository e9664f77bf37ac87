import { createHash } from 'node:crypto';
import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { createEventIds } from '@bytebasket/sdk';
import { Agenda, type Script } from './agenda.js';
import { randomOf, type Random } from './random.js';
import type { MockSettings } from './settings.js';
import { makeCatalogue } from './shop/catalogue.js';
import { Population } from './shop/population.js';
import type { MockRecord, Payload, Who, World } from './world.js';

/**
 * Runs scripts in the order of their simulated times. Pure: no clock and no chance but the seed's. Memory is bounded by
 * the population, the catalogue, the visits under way and what is still to come of orders (labels, refunds).
 */
export class Simulation {
  readonly world: World;
  readonly #agenda = new Agenda();
  readonly #emitted: MockRecord[] = [];
  #nowMs: number;
  /** What happened in visits so far, seen or not. */
  happened = 0;
  /** Payments that were tried so far, seen or not. */
  payments = 0;

  constructor(settings: MockSettings) {
    const seed = randomOf(`bytebasket mock ${settings.seed}`);
    const run = createHash('sha256').update(`${settings.seed} ${settings.startMs}`).digest('hex');
    const nextEventId = createEventIds({
      nowMs: () => this.#occurMs(this.#nowMs),
      fill: filler(seed.fork(`event ids ${settings.startMs}`)),
    });
    let ids = 0;
    this.#nowMs = -settings.warmUpMs;
    this.world = {
      settings,
      catalogue: makeCatalogue(seed.fork('catalogue'), settings.items),
      population: new Population(seed.fork('population'), settings.visitors),
      random: seed.fork('life'),
      nowMs: () => this.#nowMs,
      spawn: (script, delayMs = 0) => this.#schedule(script, delayMs),
      newId: (kind) => `${kind}-${run.slice(0, 8)}-${(ids++).toString(36)}`,
      timeOf: (simulatedMs) => new Date(this.#occurMs(simulatedMs)),
      emit: (who, payload) => {
        if (who.sessionId !== '') this.happened++;
        if (payload.$case === 'paymentAttempted') this.payments++;
        if (this.#nowMs < 0) return;
        const event = eventOf(who, payload);
        event.eventId = nextEventId();
        event.occurTime = this.world.timeOf(this.#nowMs);
        const { fraud } = who;
        this.#emitted.push(
          fraud === undefined ? { event } : { event, truth: { fraudType: fraud } },
        );
      },
    };
  }

  /**
   * Lets the next script go on until it waits or ends. Returns what that made happen, in order; undefined when nobody has
   * anything to do any more.
   */
  step(): readonly MockRecord[] | undefined {
    const next = this.#agenda.pop();
    if (next === undefined) return undefined;
    this.#nowMs = next.atMs;
    const { done, value } = next.script.next();
    if (done !== true) this.#schedule(next.script, value);
    return this.#emitted.splice(0);
  }

  #schedule(script: Script, delayMs: number): void {
    this.#agenda.push(this.#nowMs + Math.max(0, Math.round(delayMs)), script);
  }

  #occurMs(simulatedMs: number): number {
    const { startMs, speed } = this.world.settings;
    return startMs + Math.floor(simulatedMs / speed);
  }
}

function eventOf(who: Who, payload: Payload): Event {
  // Inputs may hold undefined and read-only lists; `fromPartial` takes them as absent and copies them.
  const event = Event.fromPartial({ payload } as Parameters<typeof Event.fromPartial>[0]);
  event.anonymousId = who.anonymousId;
  event.userId = who.userId;
  event.sessionId = who.sessionId;
  // Shared by the events of a visit: nobody writes to an event.
  event.context = who.context;
  return event;
}

function filler(random: Random): (bytes: Uint8Array) => void {
  return (bytes) => {
    for (let at = 0; at < bytes.length; at++) bytes[at] = random.int(0, 255);
  };
}
