/**
 * Resource versions of upstream: decimal strings that are compared, never calculated with (KEP-5504, api-semantics 10.2).
 *
 * They are compared as strings, so that versions above 2^53 (those of a projection served by another kubefacet) keep their order.
 * @module
 */

/** Whether a version can be compared and watched from: `[1-9][0-9]*`, at most 39 digits. */
export function isComparable(version: string | undefined): version is string {
  return version !== undefined && /^[1-9][0-9]{0,38}$/.test(version);
}

/** Negative, zero or positive, as `a` is before, at, or after `b`. Both must be comparable. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** The version one below: where a watch must start to be given everything at `version`. */
export function predecessor(version: string): string {
  return String(BigInt(version) - 1n);
}
