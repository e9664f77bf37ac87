// Tracks events into a disk-backed queue and tells its parent the id of each whose track() resolved. Is killed.
import { createByteBasket } from '@bytebasket/sdk';

const { endpoint, folder, round } = JSON.parse(process.argv[2] ?? '{}') as {
  endpoint: string;
  folder: string;
  round: number;
};
const bb = createByteBasket({
  endpoint,
  queue: { folder },
  batch: { eventsMax: 20, intervalMs: 5 },
  retry: { delayBaseMs: 5, delayMaxMs: 50 },
});

for (let order = 0; ; order += 10) {
  const group = Array.from({ length: 10 }, (_, at) =>
    bb.track.productViewed(
      { product: { productId: `r${round}-${order + at}` } },
      { anonymousId: 'visitor' },
    ),
  );
  const receipts = await Promise.all(group);
  process.send?.(receipts.map(({ eventId }) => eventId));
}
