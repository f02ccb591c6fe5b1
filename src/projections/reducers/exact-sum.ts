/**
 * Sums of doubles without rounding errors. A sum does not depend on the order of its numbers, and a number can be subtracted again.
 *
 * Every finite double is a whole number times a power of two. The total is kept as a whole number of units, and the unit is the finest
 * power of two so far. Only the result is rounded.
 * @module
 */

const FRACTION_BITS = 52;
const LEAST_EXPONENT = -1074;
/** Up to this number of bits, Number(bigint) is finite and rounds correctly. */
const CONVERTIBLE_BITS = 1000;

/** The exact sum of finite numbers. State: a bigint of at most about 2100 bits. Cost: constant. */
export class ExactSum {
  #units = 0n;
  /** A unit is 2 to the power of this number. The exponent only decreases; `#units` is then converted, so the total stays. */
  #exponent = 0;

  add(number: number): void {
    const units = this.#inUnits(number);
    this.#units += units;
  }

  subtract(number: number): void {
    this.add(-number);
  }

  /** The double nearest to the exact sum, ties to even. Infinite if the sum is too large. Never -0. */
  get total(): number {
    const size = this.#units < 0n ? -this.#units : this.#units;
    const spare = bitsOf(size) - CONVERTIBLE_BITS;
    const rounded = spare <= 0 ? scaled(size, this.#exponent) : scaled(shortened(size, spare), this.#exponent + spare);
    return this.#units < 0n ? -rounded : rounded;
  }

  /** Returns a number in units. Makes the unit finer if necessary, and converts `#units`. */
  #inUnits(number: number): bigint {
    const { whole, exponent } = Number.isSafeInteger(number) ? { whole: BigInt(number), exponent: 0 } : parts(number);
    if (exponent < this.#exponent) {
      this.#units <<= BigInt(this.#exponent - exponent);
      this.#exponent = exponent;
    }
    return whole << BigInt(exponent - this.#exponent);
  }
}

/** A whole number times 2 to the power of the exponent. */
interface Parts {
  readonly whole: bigint;
  readonly exponent: number;
}

const view = new DataView(new ArrayBuffer(8));

function parts(number: number): Parts {
  view.setFloat64(0, number);
  const bits = view.getBigUint64(0);
  const fraction = BigInt.asUintN(FRACTION_BITS, bits);
  const biased = Number((bits >> BigInt(FRACTION_BITS)) & 0x7ffn);
  // Subnormal numbers have no hidden bit, and the exponent of the smallest normal numbers.
  const whole = biased === 0 ? fraction : fraction | (1n << BigInt(FRACTION_BITS));
  return { whole: number < 0 ? -whole : whole, exponent: Math.max(biased, 1) + LEAST_EXPONENT - 1 };
}

/** Returns `whole * 2 ** exponent`, exact or rounded once: a total below the normal doubles is a multiple of the smallest double. */
function scaled(whole: bigint, exponent: number): number {
  return Number(whole) * 2 ** exponent;
}

/** Drops the last bits. If one of them was 1, the last bit of the result is 1, so that the result is rounded like the whole number. */
function shortened(whole: bigint, bits: number): bigint {
  const dropped = BigInt.asUintN(bits, whole);
  return (whole >> BigInt(bits)) | (dropped === 0n ? 0n : 1n);
}

function bitsOf(whole: bigint): number {
  return whole.toString(16).length * 4;
}
