import { describe, expect, test } from 'vitest';
import { Admission, type AdmissionOptions } from './admission.js';

const open = (options: Partial<AdmissionOptions> = {}): Admission =>
  new Admission({
    eventsMax: 10,
    bytesMax: 100,
    overflow: 'wait',
    waitersMax: 200,
    dropOldest: () => false,
    ...options,
  });

describe('admission to the queue', () => {
  test('keeps both bounds, to the last event and byte', () => {
    const bytes = open();
    expect([bytes.tryAdmit(60), bytes.tryAdmit(40), bytes.tryAdmit(1)]).toEqual([
      true,
      true,
      false,
    ]);
    const events = open({ eventsMax: 2 });
    expect([events.tryAdmit(1), events.tryAdmit(1), events.tryAdmit(1)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('lets an event that is larger than the queue into an empty one only', () => {
    const admission = open();
    expect(admission.tryAdmit(500)).toBe(true);
    expect(admission.tryAdmit(1)).toBe(false);
    admission.release(1, 500);
    expect(admission.tryAdmit(1)).toBe(true);
    expect(admission.tryAdmit(500)).toBe(false);
  });

  test('lets nobody overtake those who wait, even where there would be room', async () => {
    const admission = open();
    const order: string[] = [];
    admission.tryAdmit(60);
    const large = admission.overflow(60, () => order.push('large'), undefined);
    expect(admission.tryAdmit(30), 'fits, but came later').toBe(false);
    const small = admission.overflow(30, () => order.push('small'), undefined);
    admission.release(1, 60);
    expect(order).toEqual(['large', 'small']);
    expect(await Promise.all([large, small])).toEqual([true, true]);
    expect([admission.events, admission.bytes, admission.waiting]).toEqual([2, 90, 0]);
  });

  test('forgets those who gave up and serves the rest', async () => {
    const admission = open({ eventsMax: 1 });
    admission.tryAdmit(1);
    const served: number[] = [];
    const controllers = Array.from({ length: 150 }, () => new AbortController());
    const waits = controllers.map((controller, at) =>
      admission.overflow(1, () => served.push(at), controller.signal).catch(() => 'gone'),
    );
    controllers.forEach((controller, at) => {
      if (at % 3 !== 0) controller.abort();
    });
    expect(admission.waiting).toBe(50);
    for (let count = 0; count < 50; count += 1) admission.release(1, 1);
    expect(served).toEqual(Array.from({ length: 50 }, (_, at) => at * 3));
    expect((await Promise.all(waits)).filter((one) => one === 'gone')).toHaveLength(100);
  });
});
