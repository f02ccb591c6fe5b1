/**
 * The CRC of joined bytes, from the CRCs of the parts (as in zlib's crc32_combine). A CRC is the remainder of a polynomial, and bytes after it
 * multiply it by a power of x.
 * @module
 */

/** The polynomial of gzip, with the coefficient of x^31 in the lowest bit. */
const POLYNOMIAL = 0xedb88320;
const HIGHEST = 0x80000000;

/** x^(2^n) for each n. */
const POWERS: readonly number[] = powers();

/** Returns the operator of a number of bytes, for {@link combinedCrc}. */
export function crcOperator(bytes: number): number {
  let operator = HIGHEST;
  // A byte has 2^3 bits.
  let [rest, power] = [bytes, 3];
  while (rest > 0) {
    if (rest % 2 === 1) operator = product(POWERS[power % 32] ?? 0, operator);
    rest = Math.floor(rest / 2);
    power += 1;
  }
  return operator;
}

/**
 * Returns the CRC of two joined parts.
 * @param operator that of the length of the second part
 */
export function combinedCrc(first: number, second: number, operator: number): number {
  return (product(operator, first) ^ second) >>> 0;
}

/** Returns the product of two polynomials, modulo that of the CRC. `a` must not be 0. */
function product(a: number, b: number): number {
  let [mask, factor, result] = [HIGHEST, b, 0];
  for (;;) {
    if ((a & mask) !== 0) {
      result ^= factor;
      if ((a & (mask - 1)) === 0) return result >>> 0;
    }
    mask >>>= 1;
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1;
  }
}

function powers(): number[] {
  const result = [HIGHEST >>> 1];
  for (let last = HIGHEST >>> 1; result.length < 32;) {
    last = product(last, last);
    result.push(last);
  }
  return result;
}
