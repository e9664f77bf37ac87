import { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { RowError } from './row.js';

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * An event from proto JSON (field names in lower camel case or as in the proto). The generated reader skips what it does
 * not know; here a name that the contract does not have and a value of another kind are errors, so that a slip of the
 * pen loses nothing in silence. Throws RowError with the path of the field.
 */
export function eventOfProtoJson(value: JsonObject): Event {
  let event: Event;
  let written: unknown;
  try {
    event = Event.fromJSON(value);
    written = Event.toJSON(event);
  } catch (error) {
    throw new RowError('event', `has a value of the wrong kind (${String(error)})`);
  }
  compare(value, written, '');
  if (event.payload === undefined) {
    throw new RowError('payload', 'is missing: one field such as "productViewed" is needed');
  }
  return event;
}

/** Everything that was given must be in what was understood; defaults are not written, so they may be absent. */
function compare(given: unknown, understood: unknown, path: string): void {
  if (isDefault(given)) return;
  if (Array.isArray(given)) {
    if (!Array.isArray(understood)) throw notKnown(path);
    given.forEach((one, at) => compare(one, understood[at], `${path}[${at}]`));
    return;
  }
  if (isObject(given)) {
    if (!isObject(understood)) throw notKnown(path);
    for (const [name, one] of Object.entries(given)) {
      compare(one, understood[lowerCamel(name)], path === '' ? name : `${path}.${name}`);
    }
    return;
  }
  if (understood === undefined) throw notKnown(path);
  if (!same(given, understood)) {
    const why = `is ${JSON.stringify(given)}: a value of another kind is needed`;
    throw new RowError(path, why);
  }
}

function notKnown(path: string): RowError {
  const hint = path.includes('.') ? '' : ', or there is more than one payload';
  return new RowError(path, `is not a field that the contract has here${hint}`);
}

/** Numbers may be given as text and enumerations as numbers; times are compared as instants. */
function same(given: unknown, understood: unknown): boolean {
  if (understood === 'UNRECOGNIZED' || isObject(understood)) return false;
  if (typeof understood === 'number') return Number(given) === understood;
  if (typeof understood === 'boolean') return given === understood;
  const text = String(understood);
  if (String(given) === text) return true;
  if (typeof given === 'number') return /^[A-Z][A-Z0-9_]+$/.test(text);
  const [a, b] = [Date.parse(String(given)), Date.parse(String(understood))];
  return Number.isFinite(a) && a === b;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value that proto JSON may leave out. */
function isDefault(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (value === '' || value === 0 || value === false || value === '0') return true;
  return Array.isArray(value) && value.length === 0;
}

const lowerCamel = (name: string) =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
