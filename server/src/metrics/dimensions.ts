import { Channel, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import { Dimension } from '@bytebasket/proto/gen/bytebasket/metrics/v1/metric';

/** Names of the dimensions in stored keys. */
export type DimensionName = 'shop' | 'country' | 'device' | 'channel' | 'category';

/** Value of events that do not tell. */
export const UNKNOWN = '(unknown)';
/** Value that takes what goes beyond the bound of values per window. */
export const OTHER = '(other)';
/** Most values of one dimension in one window and share; later ones count as `(other)`. */
export const VALUES_PER_WINDOW_MAX = 1_000;

const NAMES: ReadonlyMap<Dimension, DimensionName> = new Map([
  [Dimension.UNSPECIFIED, 'shop'],
  [Dimension.COUNTRY, 'country'],
  [Dimension.DEVICE, 'device'],
  [Dimension.CHANNEL, 'channel'],
  [Dimension.CATEGORY, 'category'],
]);

/** The stored name of the contract's value, undefined for a value that is not known here. */
export function dimensionName(dimension: Dimension): DimensionName | undefined {
  return NAMES.get(dimension);
}

/** How messages call a dimension, `DIMENSION_` left out: `country`, or the number of an unknown one. */
export function dimensionLabel(dimension: Dimension): string {
  return NAMES.get(dimension) ?? String(dimension);
}

/** Number for `(unknown)` in the codes of devices and channels: the enums' UNSPECIFIED. */
const UNSPECIFIED = 0;
const DEVICE_NAMES = enumNames(DeviceType);
const CHANNEL_NAMES = enumNames(Channel);

/** Code of a device type: its number in the contract, 0 when it is not known here. */
export function deviceCode(value: number): number {
  return DEVICE_NAMES.has(value) ? value : UNSPECIFIED;
}

/** Code of a channel: its number in the contract, 0 when it is not known here. */
export function channelCode(value: number): number {
  return CHANNEL_NAMES.has(value) ? value : UNSPECIFIED;
}

/** The dimension value of a device code, such as `mobile`. */
export function deviceName(code: number): string {
  return DEVICE_NAMES.get(code) ?? UNKNOWN;
}

/** The dimension value of a channel code, such as `organic_search`. */
export function channelName(code: number): string {
  return CHANNEL_NAMES.get(code) ?? UNKNOWN;
}

/** Code of "no country": one past `ZZ`. */
export const COUNTRY_UNKNOWN = 26 * 26;

/** Code 0 to 675 of two capital letters given by their character codes, else `COUNTRY_UNKNOWN`. */
export function countryCode(first: number, second: number): number {
  const high = first - 65;
  const low = second - 65;
  const fits = high >= 0 && high < 26 && low >= 0 && low < 26;
  return fits ? high * 26 + low : COUNTRY_UNKNOWN;
}

/** The dimension value of a country code, such as `DE`. */
export function countryName(code: number): string {
  if (code >= COUNTRY_UNKNOWN) return UNKNOWN;
  return String.fromCharCode(65 + Math.floor(code / 26), 65 + (code % 26));
}

/** The order of texts in tables: by their UTF-8 bytes. */
export function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

function enumNames(values: Readonly<Record<string, string | number>>): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== 'number' || value <= UNSPECIFIED) continue;
    names.set(value, name.toLowerCase());
  }
  return names;
}
