/** Says when the process holds more memory than it should. */
export interface MemoryGuard {
  readonly saturated: boolean;
  close(): void;
}

const SAMPLE_MS = 250;

/**
 * Samples the JavaScript heap plus external memory four times a second. Not the resident set: lmdb's mapped pages count
 * into that, and the kernel takes them back by itself. Saturated above `bytesMax` until below 90 % of it.
 */
export function memoryGuard(
  bytesMax: number,
  usedBytes: () => number = usedMemoryBytes,
): MemoryGuard {
  let saturated = usedBytes() > bytesMax;
  const timer = setInterval(() => {
    const used = usedBytes();
    saturated = saturated ? used > bytesMax * 0.9 : used > bytesMax;
  }, SAMPLE_MS);
  timer.unref();
  return {
    get saturated() {
      return saturated;
    },
    close() {
      clearInterval(timer);
    },
  };
}

function usedMemoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
