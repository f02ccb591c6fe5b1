/**
 * The hashes of rows that decide about their shards: FNV-1a of 64 bits of the UTF-8 text of the field (apimachinery's pkg/sharding).
 * @module
 */
import type { Row } from './row.ts';

/** The fields of rows by whose hash clients select. */
export type ShardField = 'uid' | 'namespace';

/** Returns the hash of a field of a row. It is computed once and kept with the row. */
export function shardHash(row: Row, field: ShardField): bigint {
  const kept = (row.shardHashes ??= {});
  return (kept[field] ??= fnv1a64(field === 'uid' ? (row.object.metadata.uid ?? '') : row.namespace));
}

/** 0xcbf29ce484222325 in two halves. */
const OFFSET_HIGH = 0xcb_f2_9c_e4;
const OFFSET_LOW = 0x84_22_23_25;
/** The prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1_b3;
const TWO_32 = 2 ** 32;

/** Returns the FNV-1a hash of 64 bits. It computes with halves of 32 bits, because a bigint for each byte is fifty times slower. */
export function fnv1a64(text: string): bigint {
  let high = OFFSET_HIGH;
  let low = OFFSET_LOW;
  for (const byte of Buffer.from(text)) {
    low = (low ^ byte) >>> 0;
    const product = low * PRIME_LOW;
    // The factor 2^40 moves the low half up by 8 bits of the high half.
    high = (Math.imul(high, PRIME_LOW) + Math.floor(product / TWO_32) + (low << 8)) >>> 0;
    low = product >>> 0;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}
