/**
 * Objects on their way to handlers and back.
 * @module
 */
import { deepFreeze } from '../../../informers/collection/purity.ts';
import { keyOfParts } from '../../../key.ts';
import { rowUid } from '../../../projections/uid.ts';
import type { StoredMetadata, StoredObject } from '../../../stores/object-store.ts';
import { apiVersionOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import type { Handled } from '../../define/handlers.ts';

/** An answer of a handler under its key. */
export interface Taken {
  readonly key: string;
  readonly object: StoredObject;
  /** Whether the handler gave the object a uid. Without one, all objects of a name get the same. */
  readonly hasUid: boolean;
}

/** A copy for a handler: it may keep and change it. */
export function givenObject<T>(object: StoredObject): Handled<T> {
  const { metadata, ...content } = structuredClone(object);
  const { resourceVersion: _version, ...kept } = metadata;
  // What a resource holds is what its schema lets in: the type argument of its handlers speaks of that.
  return { ...content, metadata: kept } as unknown as Handled<T>;
}

/**
 * A frozen copy of what a handler answered, as JSON has it, with the framework's apiVersion and kind.
 * @param expected the key that was asked for
 * @throws TypeError saying what is wrong
 */
export function takenObject(answer: unknown, kind: WrittenKind, expected?: string): Taken {
  if (!isRecord(answer)) throw new TypeError(`${described(answer)} is no object`);
  const copy: unknown = JSON.parse(JSON.stringify(answer) ?? 'null');
  if (!isRecord(copy)) throw new TypeError(`its JSON is ${described(copy)}, no object`);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...content } = copy;
  if (!isRecord(metadata)) throw new TypeError('an object without metadata');
  const key = keyOfMetadata(metadata, kind);
  if (expected !== undefined && key !== expected) throw new TypeError(`the object ${key} instead of ${expected}`);
  const { resourceVersion: _version, selfLink: _selfLink, ...kept } = metadata;
  const hasUid = typeof kept['uid'] === 'string';
  const uid = hasUid ? kept['uid'] : rowUid(kind.group, kind.kind, key, undefined);
  // Name and namespace were checked to be there.
  const complete = { ...kept, uid } as unknown as StoredMetadata;
  return {
    key,
    hasUid,
    object: deepFreeze({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: complete, ...content }),
  };
}

/** What was answered to a write of `given`. @throws TypeError also when the metadata was not stored with the object */
export function writtenObject(answer: unknown, kind: WrittenKind, given: StoredObject): Taken {
  const { name, namespace, uid } = given.metadata;
  const taken = takenObject(answer, kind, keyOfParts(namespace, name));
  if (uid !== undefined && taken.object.metadata.uid !== uid)
    throw new TypeError(
      `the object ${taken.key} without the uid it was given: handlers store the metadata they are given`,
    );
  return taken;
}

function keyOfMetadata({ name, namespace }: Record<string, unknown>, kind: WrittenKind): string {
  if (typeof name !== 'string' || name === '') throw new TypeError('an object without metadata.name');
  if (name.includes('/')) throw new TypeError(`${JSON.stringify(name)} can be no name: there is a slash in it`);
  if (kind.namespaced === false) {
    if (namespace !== undefined && namespace !== '')
      throw new TypeError(`the object ${name} in a namespace, of a resource that has none`);
    return name;
  }
  if (typeof namespace !== 'string' || namespace === '') throw new TypeError(`the object ${name} without a namespace`);
  return keyOfParts(namespace, name);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
