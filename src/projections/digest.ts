/**
 * Digests of rows. The positions of scheme `upstream` carry them, so that a replica can check that its own rows at a position are the rows
 * that the client has; see `docs/resource-versions.md`.
 *
 * The digest of a state is the sum of the digests of its rows, modulo 2^20. A change of one row changes it by one addition, and replicas
 * with the same rows have the same digest, whatever changes led to them.
 * @module
 */
import { crc32 } from 'node:zlib';

/** The number of bits of a digest. */
export const DIGEST_BITS = 20;
const MASK = 2 ** DIGEST_BITS - 1;

/**
 * Returns the digest of the bytes of a row. CRC-32 is the fastest hash in Node.js. It is linear, so sums of it could cancel out: two rows that
 * exchange their contents, for example. The finalizer of MurmurHash3 removes that relation.
 */
export function rowDigest(bytes: Buffer): number {
  let hash = crc32(bytes);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) & MASK;
}

/** A row with its digest. */
interface Digested {
  readonly digest: number;
}

/** Returns the digest of a state after a change of one row. */
export function changedDigest(state: number, before: Digested | undefined, after: Digested | undefined): number {
  return (state - (before?.digest ?? 0) + (after?.digest ?? 0)) & MASK;
}
