import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '@bytebasket/server/adapters/system/clock';
import { manualClock, type ManualClock } from '../support/manual-clock.js';
import { clockConformance } from './clock.js';

clockConformance({ name: 'system', open: systemClock, pass: (_, ms) => delay(ms) });

clockConformance({
  name: 'manual',
  open: () => manualClock(),
  pass: (clock, ms) => (clock as ManualClock).advance(ms),
});
