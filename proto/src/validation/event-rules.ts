// The CEL rules on the envelope, by hand.
import type { Event } from '../../gen/bytebasket/event/v1/event.js';

/** Rule `event.identified_user`. */
export function eventIdentifiedUser(event: Event): boolean {
  return event.payload?.$case !== 'userIdentified' || event.userId !== '';
}
