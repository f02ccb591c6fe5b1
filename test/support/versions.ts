/** Positions of scheme `upstream` in tests: the revision of the source in the high bits, a digest of the rows in the low 20. */

/** The revision of the source in a position. */
export function revisionOf(position: string | bigint): bigint {
  return BigInt(position) >> 20n;
}

/** The revision a number of writes later. */
export function revisionAfter(position: string | bigint, writes: number): bigint {
  return revisionOf(position) + BigInt(writes);
}
