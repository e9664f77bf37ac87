import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FIRST_CONTACT_MS, FirstContact } from './first-contact.js';

describe('the first contact with a server', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is given up when something waits for an answer and the time is up', () => {
    const contact = new FirstContact('shop:1');
    contact.expect(() => true);
    contact.observer({ type: 'disconnected', error: new Error('refused'), delayMs: 1 });
    vi.advanceTimersByTime(FIRST_CONTACT_MS - 1);
    expect(contact.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(contact.signal.reason).toMatchObject({
      message: 'no server answers at shop:1: refused',
    });
  });

  test('is not given up while nothing was sent, and is expected again with the next event', () => {
    const contact = new FirstContact('shop:1');
    contact.expect(() => false);
    vi.advanceTimersByTime(FIRST_CONTACT_MS);
    expect(contact.signal.aborted).toBe(false);
    contact.expect(() => true);
    vi.advanceTimersByTime(FIRST_CONTACT_MS);
    expect(contact.signal.aborted).toBe(true);
  });

  test('happened for good with the first answer', () => {
    const contact = new FirstContact('shop:1');
    contact.expect(() => true);
    contact.observer({ type: 'connected' });
    contact.expect(() => true);
    contact.observer({ type: 'disconnected', error: new Error('gone'), delayMs: 1 });
    vi.advanceTimersByTime(10 * FIRST_CONTACT_MS);
    expect(contact.signal.aborted).toBe(false);
  });
});
