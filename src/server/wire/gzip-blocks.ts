/**
 * A gzip member that consists of blocks which were deflated one by one. Each block is raw deflate up to a sync flush, refers to no bytes before
 * it, and has its own CRC. So a block is the same in every body that contains its bytes.
 * @module
 */
import { crc32 } from 'node:zlib';
import { combinedCrc, crcOperator } from './crc32.ts';

/** A block: deflated bytes, and the CRC of the bytes. */
export interface GzipBlock {
  readonly deflated: Buffer;
  /** The length of the bytes before they were deflated. */
  readonly length: number;
  readonly crc: number;
  /** The operator that appends a CRC of this length. */
  readonly operator: number;
}

/** The magic number, deflate, no flags, no time, the fastest level, Unix. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 3]);
/** An empty block that is the last one. */
const LAST = Buffer.from([3, 0]);
/** The maximum length of a stored block. */
const MAX_STORED = 0xffff;

/** Returns the block of some bytes. @param deflated the bytes as raw deflate, up to a sync flush */
export function gzipBlock(bytes: Buffer, deflated: Buffer): GzipBlock {
  return { deflated, length: bytes.length, crc: crc32(bytes), operator: crcOperator(bytes.length) };
}

/** Returns the block of a few bytes, which are stored without compression. */
export function storedBlock(bytes: Buffer): GzipBlock {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_STORED) {
    const part = bytes.subarray(at, at + MAX_STORED);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(part.length, 1);
    head.writeUInt16LE(part.length ^ MAX_STORED, 3);
    parts.push(head, part);
  }
  return gzipBlock(bytes, Buffer.concat(parts));
}

/** Returns a gzip member, in parts. The deflated bytes are not copied. */
export function gzipMember(blocks: readonly GzipBlock[]): Buffer[] {
  const parts: Buffer[] = [HEADER];
  let [crc, length] = [0, 0];
  for (const block of blocks) {
    parts.push(block.deflated);
    crc = combinedCrc(crc, block.crc, block.operator);
    length += block.length;
  }
  const end = Buffer.alloc(8);
  end.writeUInt32LE(crc);
  end.writeUInt32LE(length % 2 ** 32, 4);
  parts.push(LAST, end);
  return parts;
}
