/**
 * Copies of objects for handlers, and checked copies of the objects that handlers return.
 * @module
 */
import { deepFreeze } from '../../../informers/collection/purity.ts';
import { keyOfParts } from '../../../key.ts';
import { rowUid } from '../../../projections/uid.ts';
import type { StoredMetadata, StoredObject } from '../../../stores/object-store.ts';
import type { Handled } from '../../define/handlers.ts';
import { apiVersionOf, type WrittenKind } from '../../wire/writes/written-kind.ts';

/** An object that a handler returned. */
export interface HandledObject {
  readonly key: string;
  readonly object: StoredObject;
  /** Whether the handler gave the object a uid. Without one, all objects of a name get the same. */
  readonly hasUid: boolean;
}

/** A copy for a handler, which may keep and change it. */
export function copyForHandler<T>(object: StoredObject): Handled<T> {
  const { metadata, ...content } = structuredClone(object);
  const { resourceVersion: _version, ...kept } = metadata;
  // The schema of the resource has checked the object; its handlers declare the type.
  return { ...content, metadata: kept } as unknown as Handled<T>;
}

/**
 * A frozen copy of an object that a handler returned, reduced to JSON, with the apiVersion and kind of the resource.
 * @param expected the requested key
 * @throws TypeError that names the fault
 */
export function handledObject(returned: unknown, kind: WrittenKind, expected?: string): HandledObject {
  if (!isRecord(returned)) throw new TypeError(`${described(returned)} is no object`);
  const copy: unknown = JSON.parse(JSON.stringify(returned) ?? 'null');
  if (!isRecord(copy)) throw new TypeError(`its JSON is ${described(copy)}, no object`);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...content } = copy;
  if (!isRecord(metadata)) throw new TypeError('an object without metadata');
  const key = keyOfMetadata(metadata, kind);
  if (expected !== undefined && key !== expected) throw new TypeError(`the object ${key} instead of ${expected}`);
  const { resourceVersion: _version, selfLink: _selfLink, ...kept } = metadata;
  const hasUid = typeof kept['uid'] === 'string';
  const uid = hasUid ? kept['uid'] : rowUid(kind.group, kind.kind, key, undefined);
  // keyOfMetadata has checked name and namespace.
  const complete = { ...kept, uid } as unknown as StoredMetadata;
  return {
    key,
    hasUid,
    object: deepFreeze({ apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: complete, ...content }),
  };
}

/** The object that a handler returned for a write of `sent`. @throws TypeError also if the handler has not stored the metadata */
export function writtenObject(returned: unknown, kind: WrittenKind, sent: StoredObject): HandledObject {
  const { name, namespace, uid } = sent.metadata;
  const handled = handledObject(returned, kind, keyOfParts(namespace, name));
  if (uid !== undefined && handled.object.metadata.uid !== uid)
    throw new TypeError(`the object ${handled.key} has lost its uid: handlers must store the metadata that they get`);
  return handled;
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
