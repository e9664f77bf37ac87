import { Availability } from '@bytebasket/proto/gen/bytebasket/event/v1/catalogue';
import { Context, DeviceType } from '@bytebasket/proto/gen/bytebasket/event/v1/context';
import type { Script } from '../agenda.js';
import { HOUR_MS, type Who, type World } from '../world.js';
import { percentOf } from './amount.js';
import { productOf } from './basket.js';
import type { Item } from './catalogue.js';

/** Time between two updates of the first telling, so that a large catalogue is no burst. */
const FIRST_GAP_MS = 5;
/** How long one item stays as it is, on average. */
const STEADY_MS_MEAN = 200 * HOUR_MS;
const SOLD_OUT_MS_MEAN = 6 * HOUR_MS;

const CATALOGUE: Who = {
  anonymousId: 'catalogue',
  userId: '',
  sessionId: '',
  context: Context.fromPartial({ device: { type: DeviceType.SERVER } }),
};

/** The shop tells its catalogue once, then what changes: prices, what is sold out and comes back, what is held back. */
export function* stock(world: World): Script {
  const { random, catalogue } = world;
  for (const item of catalogue.items) {
    tell(world, item, true);
    yield FIRST_GAP_MS;
  }
  for (;;) {
    yield random.exponential(STEADY_MS_MEAN / catalogue.items.length);
    const item = random.pick(catalogue.items);
    const way = random.next();
    if (way < 0.5) world.spawn(sellOut(world, item));
    else if (way < 0.95) reprice(world, item);
    else tell(world, item, random.chance(0.5));
  }
}

function tell(world: World, item: Item, recommendable?: boolean): void {
  const availability = item.available ? Availability.IN_STOCK : Availability.OUT_OF_STOCK;
  const value = { product: productOf(world, item), availability, recommendable };
  world.emit(CATALOGUE, { $case: 'productUpdated', value });
}

function* sellOut(world: World, item: Item): Script {
  if (!item.available) return;
  item.available = false;
  tell(world, item);
  yield world.random.exponential(SOLD_OUT_MS_MEAN);
  item.available = true;
  tell(world, item);
}

/** Up or down by a few per cent, never below a cent. */
function reprice(world: World, item: Item): void {
  item.priceCents = Math.max(1, percentOf(item.priceCents, world.random.pick([85, 90, 105, 110])));
  tell(world, item);
}
