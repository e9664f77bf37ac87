import { randomUUID } from 'node:crypto';
import type { Event } from '@bytebasket/proto/gen/bytebasket/event/v1/event';
import { Stream } from '@bytebasket/proto/gen/bytebasket/options/v1/options';

/** A random UUIDv7 of now. */
export function newEventId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** `topic/partition/offset` of an answered position. */
export function placeOf(position: { stream: Stream; partition: number; offset: bigint }): string {
  const topic = position.stream === Stream.USER_ACTIVITY ? 'user-activity' : 'transactions';
  return `${topic}/${position.partition}/${position.offset}`;
}

/** Shoppers send page views with even and product views with odd last digits of the id. */
export function payloadFor(eventId: string): NonNullable<Event['payload']> {
  if (isPageView(eventId)) return { $case: 'pageViewed', value: { category: 'home' } };
  const product = { productId: `p-${eventId.slice(-2)}`, categoryId: 'c1' };
  return { $case: 'productViewed', value: { product, listId: '' } } as NonNullable<
    Event['payload']
  >;
}

/** Whether an event of this id is a page view; otherwise it is a product view. */
export const isPageView = (eventId: string) => parseInt(eventId.slice(-1), 16) % 2 === 0;
