import type { Episode, Rate } from '../episode.js';
import { FRAUD_TYPES, type FraudType, type MockSettings } from '../settings.js';
import { accountTakeover } from './account-takeover.js';
import { cardTesting } from './card-testing.js';
import { deviceRing } from './device-ring.js';
import { impossibleTravel } from './impossible-travel.js';
import { promoAbuse } from './promo-abuse.js';

const EPISODES: Readonly<Record<FraudType, Episode>> = {
  card_testing: cardTesting,
  account_takeover: accountTakeover,
  impossible_travel: impossibleTravel,
  device_ring: deviceRing,
  promo_abuse: promoAbuse,
};

/** All kinds of fraud, as often as the settings say. */
export function fraudRates({ fraud }: MockSettings): readonly Rate[] {
  return FRAUD_TYPES.map((type) => ({ episode: EPISODES[type], share: fraud[type] }));
}
