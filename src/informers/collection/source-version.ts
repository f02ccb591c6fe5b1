/**
 * The resource versions of a source. They are text, and no code reads them as numbers: the versions of another kubefacet server, or of a
 * cluster on TiKV, are above 2^53 and are not exact numbers in JavaScript.
 *
 * | Kind | Examples | Order | A watch can start from it |
 * |---|---|---|---|
 * | comparable (KEP-5504) | `12`, `1764512345678901`, `4681210981023940609` | by length, then by digits | yes |
 * | opaque | `abc`, `007`, `-1`, `1.5` | none: two of them are equal or not | yes |
 * | missing | undefined, empty, `0` | none | no |
 * @module
 */

/** Returns whether a version is a decimal that can be compared: `[1-9][0-9]*`, at most 39 digits. */
export function isComparable(version: string | undefined): version is string {
  return version !== undefined && /^[1-9][0-9]{0,38}$/.test(version);
}

/** Returns whether a version names a state, so that a watch can start from it. `0` does not: it means any state. */
export function isVersion(version: string | undefined): version is string {
  return typeof version === 'string' && version !== '' && version !== '0';
}

/** Returns the version if {@link isVersion} is true for it; otherwise undefined. */
export function presentVersion(version: string | undefined): string | undefined {
  return isVersion(version) ? version : undefined;
}

/**
 * Returns a negative number if `a` is before `b`, zero if they are equal, a positive number if `a` is after `b`. Both must be comparable.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : Number(a > b);
}

/** Returns whether `a` is known to be before `b`. False if one of them is opaque. */
export function isOlder(a: string, b: string): boolean {
  return isComparable(a) && isComparable(b) && compareVersions(a, b) < 0;
}

/**
 * Returns whether something that arrives with version `a`, after everything up to `b` has arrived, is new. An opaque version is new
 * if it differs, because servers send versions in order.
 */
export function isNewer(a: string, b: string): boolean {
  return isComparable(a) && isComparable(b) ? compareVersions(a, b) > 0 : a !== b;
}

/** Returns whether `a` is known to be `b` or a later version. For opaque versions, only if they are equal. */
export function isAtLeast(a: string, b: string): boolean {
  return a === b || (isComparable(a) && isComparable(b) && compareVersions(a, b) > 0);
}

/** Returns the version before a comparable version. A watch from there delivers all events at `version`. */
export function predecessor(version: string): string {
  return String(BigInt(version) - 1n);
}
