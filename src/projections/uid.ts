/**
 * The uids of rows.
 * @module
 */
import { v5 as uuidv5 } from 'uuid';

/** The namespace in which row uids are made. Fixed for ever: changing it changes the uid of every row there is. */
const ROW_NAMESPACE = '6f1d3c52-8a5e-4b0c-9a53-2f7f2c6b1d0e';

/**
 * The uid of a row: a UUID v5 of group, kind, key and (where it has one) its source's uid. The same on every replica and after every
 * restart, never the source's own: user interfaces and the garbage collector take a uid to mean one object.
 */
export function rowUid(group: string, kind: string, key: string, sourceUid: string | undefined): string {
  return uuidv5(`${group}/${kind}/${key}/${sourceUid ?? ''}`, ROW_NAMESPACE);
}
