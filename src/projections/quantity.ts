/**
 * Quantities of Kubernetes: `250m`, `1Gi`, `1e3`. Parsed once, exactly.
 *
 * The rule is that of upstream's `resource.Quantity` (apimachinery `pkg/api/resource/quantity.go`): a decimal number with a decimal
 * (`n u m k M G T P E`), binary (`Ki Mi Gi Ti Pi Ei`) or exponent (`e3`) suffix; nothing is finer than a nano, and what is rounds up.
 * @module
 */

/** An amount in billionths (nano), exact: `250m` is 250,000,000n. Add, subtract and compare as you like. */
export type Nanos = bigint;

/** A text is no quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
  constructor(text: string) {
    super(`"${text}" is no quantity; quantities look like 250m, 1.5 or 1Gi`);
  }
}

const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SYNTAX = /^([+-]?)([0-9]+)?(?:\.([0-9]*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?[0-9]{1,2}))?$/;

/**
 * The amount that a text says.
 * @throws QuantityError
 * @example
 * parseQuantity('250m') + parseQuantity('1') // 1_250_000_000n
 */
export function parseQuantity(text: string): Nanos {
  const match = SYNTAX.exec(text);
  if (match === null) throw new QuantityError(text);
  const [, sign, whole = '', fraction = '', suffix = '', exponent] = match;
  if (whole === '' && fraction === '') throw new QuantityError(text);
  const digits = BigInt(`${whole}${fraction}`);
  const binary = BINARY.indexOf(suffix);
  const factor = binary < 0 ? 1n : 1n << (10n * BigInt(binary + 1));
  const power =
    9 - fraction.length + (exponent !== undefined ? Number(exponent) : binary < 0 ? (DECIMAL[suffix] ?? 0) : 0);
  const nanos = power >= 0 ? digits * factor * 10n ** BigInt(power) : roundUp(digits * factor, 10n ** BigInt(-power));
  return sign === '-' ? -nanos : nanos;
}

/** An amount of CPU, as people write it: `250m`, `2`. Rounds up to a thousandth. */
export function formatCpu(amount: Nanos): string {
  if (amount < 0n) return `-${formatCpu(-amount)}`;
  const millis = roundUp(amount, 1_000_000n);
  return millis % 1000n === 0n ? String(millis / 1000n) : `${millis}m`;
}

/** An amount of bytes, with the largest binary suffix that is exact: `64Mi`, `1Gi`, `1500`. Rounds up to a byte. */
export function formatBytes(amount: Nanos): string {
  if (amount < 0n) return `-${formatBytes(-amount)}`;
  let count = roundUp(amount, NANO);
  let suffix = '';
  for (const next of BINARY) {
    if (count === 0n || count % 1024n !== 0n) break;
    count /= 1024n;
    suffix = next;
  }
  return `${count}${suffix}`;
}

function roundUp(amount: bigint, unit: bigint): bigint {
  return (amount + unit - 1n) / unit;
}
