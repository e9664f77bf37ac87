/** Bits that choose a register: 2,048 registers, standard error 1.04 / sqrt(2048) = 2.3 %. */
export const PRECISION = 11;
export const REGISTERS = 1 << PRECISION;
/** Bits of the 64-bit hash behind the register's index. */
const RANK_BITS = 64 - PRECISION;
/** 1 / (2 ln 2): the limit of HyperLogLog's alpha. */
const ALPHA = 0.5 / Math.LN2;

/** Index of an entry's register, 0 to 2,047. */
export function registerOf(entry: number): number {
  return entry >>> (32 - PRECISION);
}

/** What an entry raises its register to, 1 to 54. */
export function rankOf(entry: number): number {
  const rest = (entry >>> 6) & 0x7fff;
  return rest !== 0 ? Math.clz32(rest) - 16 : 15 + (entry & 63);
}

/** Raises the registers by an entry. Returns whether one changed. */
export function raise(registers: Uint8Array, entry: number): boolean {
  const index = registerOf(entry);
  const rank = rankOf(entry);
  if ((registers[index] ?? 0) >= rank) return false;
  registers[index] = rank;
  return true;
}

/**
 * Estimates how many distinct ids raised the registers: the improved raw estimator of Otmar Ertl, New cardinality
 * estimation algorithms for HyperLogLog sketches (2017), algorithm 6. It needs neither bias tables nor a switch to
 * linear counting for small numbers. Relative standard error 2.3 % at every size.
 */
export function estimateDistinct(registers: Uint8Array): number {
  const counts = new Float64Array(RANK_BITS + 2);
  for (const rank of registers) counts[rank] = (counts[rank] ?? 0) + 1;
  let z = REGISTERS * tau(1 - (counts[RANK_BITS + 1] ?? 0) / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) z = 0.5 * (z + (counts[rank] ?? 0));
  z += REGISTERS * sigma((counts[0] ?? 0) / REGISTERS);
  return (ALPHA * REGISTERS * REGISTERS) / z;
}

/** Share of empty registers, corrected. Infinite when all are empty. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (let previous = -1; z !== previous;) {
    previous = z;
    x *= x;
    z += x * y;
    y += y;
  }
  return z;
}

/** Share of full registers, corrected. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (let previous = -1; z !== previous;) {
    previous = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
