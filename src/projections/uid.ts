/**
 * The uids of rows. They are computed from names, so they are the same on every replica and after every restart.
 * @module
 */
import { createHash } from 'node:crypto';

/** The namespace of row uids. It must never change: another namespace would change the uid of every existing row. */
const ROW_NAMESPACE = '6f1d3c52-8a5e-4b0c-9a53-2f7f2c6b1d0e';

/**
 * Returns the uid of a row: a UUID v5 of its group, kind and key and of the uid of its source object, if it has one. It is never the uid of
 * the source itself, because user interfaces and the garbage collector treat two objects with one uid as the same object.
 */
export function rowUid(group: string, kind: string, key: string, sourceUid: string | undefined): string {
  return uuidV5(ROW_NAMESPACE, `${group}/${kind}/${key}/${sourceUid ?? ''}`);
}

/**
 * Returns the UUID of version 5 of a name (RFC 9562, section 5.5): the first 16 bytes of a SHA-1, with the bits of version and variant set.
 */
export function uuidV5(namespace: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
