import type { Reconnecting } from '@bytebasket/sdk';
import { reconnectingText } from './view.js';

/** The line that says whether what is shown is live. */
export class ConnectionStatus {
  /** What is wrong; undefined while answers come. */
  #trouble: string | undefined = 'connecting …';
  /** Whether a server ever answered. */
  #before = false;

  answered(): void {
    this.#before = true;
    this.#trouble = undefined;
  }

  broken(update: Reconnecting): void {
    this.#trouble = reconnectingText(update, this.#before);
  }

  text(nowMs: number): string {
    return this.#trouble ?? `live ${new Date(nowMs).toISOString().slice(11, 19)} UTC`;
  }
}
