/**
 * Quantities of Kubernetes such as `250m`, `1Gi` and `1e3`, parsed exactly.
 *
 * The rules are those of `resource.Quantity` (apimachinery `pkg/api/resource/quantity.go`): a decimal number with a decimal suffix
 * (`n u m k M G T P E`), a binary suffix (`Ki Mi Gi Ti Pi Ei`) or an exponent (`e3`). Amounts finer than a nano are rounded up.
 * @module
 */

/** An exact amount in billionths (nano): `250m` is 250,000,000n. It can be added, subtracted and compared. */
export type Nanos = bigint;

/** A text is not a quantity. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
  constructor(text: string) {
    super(`"${text}" is not a quantity; quantities look like 250m, 1.5 or 1Gi`);
  }
}

const NANO = 1_000_000_000n;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const SYNTAX = /^([+-]?)([0-9]+)?(?:\.([0-9]*))?(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?[0-9]{1,2}))?$/;

/**
 * Parses a quantity.
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
  // The amount in nanos is digits * factor * 10 ** power.
  const power =
    9 - fraction.length + (exponent !== undefined ? Number(exponent) : binary < 0 ? (DECIMAL[suffix] ?? 0) : 0);
  const nanos = power >= 0 ? digits * factor * 10n ** BigInt(power) : roundUp(digits * factor, 10n ** BigInt(-power));
  return sign === '-' ? -nanos : nanos;
}

/** Formats an amount of CPU: `250m`, `2`. Rounds up to a thousandth. */
export function formatCpu(amount: Nanos): string {
  if (amount < 0n) return `-${formatCpu(-amount)}`;
  const millis = roundUp(amount, 1_000_000n);
  return millis % 1000n === 0n ? String(millis / 1000n) : `${millis}m`;
}

/** Formats an amount of bytes with the largest binary suffix that is exact: `64Mi`, `1Gi`, `1500`. Rounds up to a byte. */
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
