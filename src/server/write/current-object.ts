/**
 * A stored object as clients see it.
 * @module
 */
import { keyOf } from '../../key.ts';
import type { Versioned } from '../../stores/object-store.ts';
import type { CompleteObject } from '../wire/writes/complete-object.ts';

/** An object with its served version, and the revision at which the store has it. */
export interface CurrentObject {
  readonly object: CompleteObject;
  readonly revision: number;
}

/** @param versionOf the served resourceVersion of a revision */
export function currentObject(
  { object, revision }: Versioned,
  versionOf: (revision: number, key: string) => string,
): CurrentObject {
  const { apiVersion, kind, metadata, ...content } = object;
  const versioned = { ...metadata, resourceVersion: versionOf(revision, keyOf(object)) };
  // The metadata of what is stored was completed when it was written.
  return { object: { apiVersion, kind, metadata: versioned, ...content } as CompleteObject, revision };
}

/** What a store keeps of an object: all but its version, which is the store's own. */
export function withoutVersion({ metadata, ...content }: CompleteObject): Versioned['object'] {
  const { resourceVersion: _version, ...kept } = metadata;
  return { ...content, metadata: kept };
}
