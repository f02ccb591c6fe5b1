/**
 * Copies of objects for handlers, and checked copies of the objects that handlers return.
 * @module
 */
import { deepFreeze } from '../../../informers/collection/purity.ts';
import { bigintPath } from '../../../exact-json.ts';
import { keyOfParts } from '../../../key.ts';
import { rowUid } from '../../../projections/uid.ts';
import type { StoredMetadata, StoredObject } from '../../../stores/object-store.ts';
import type { Handled } from '../../define/handlers.ts';
import { apiVersionOf, type WrittenKind } from '../../wire/writes/written-kind.ts';
import { isJsonObject } from '../../wire/json.ts';

/** An object that a handler returned. */
export interface HandledObject {
  readonly key: string;
  readonly object: StoredObject;
  /** Whether the handler returned a uid. If it did not, the uid is derived from the key, so all objects under one key have the same uid. */
  readonly hasUid: boolean;
}

/** Returns a copy for a handler, without a resourceVersion. The handler may keep and change it. */
export function copyForHandler<T>(object: StoredObject): Handled<T> {
  const { metadata, ...content } = structuredClone(object);
  const { resourceVersion: _version, ...kept } = metadata;
  // The schema of the resource has checked the object; its handlers declare the type.
  return { ...content, metadata: kept } as unknown as Handled<T>;
}

/**
 * Returns a frozen copy of an object that a handler returned, reduced to JSON, with the apiVersion and kind of the resource.
 * @param expected the requested key, if one object was requested
 * @throws TypeError that names the problem
 */
export function handledObject(returned: unknown, kind: WrittenKind, expected?: string): HandledObject {
  if (!isJsonObject(returned)) throw new TypeError(`${described(returned)} is not an object`);
  const bigint = bigintPath(returned);
  if (bigint !== undefined) throw new TypeError(`its ${bigint} is a BigInt, which JSON does not support`);
  const copy: unknown = JSON.parse(JSON.stringify(returned) ?? 'null');
  if (!isJsonObject(copy)) throw new TypeError(`its JSON form is ${described(copy)}, not an object`);
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...content } = copy;
  if (!isJsonObject(metadata)) throw new TypeError('the object has no metadata');
  const key = keyOfMetadata(metadata, kind);
  if (expected !== undefined && key !== expected)
    throw new TypeError(`the object is ${key}, but ${expected} was requested`);
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

/**
 * Returns a checked copy of the object that a handler returned for a write of `sent`, as {@link handledObject} does.
 * @throws TypeError also if the uid differs from the one that was sent, because the handler did not store the metadata
 */
export function writtenObject(returned: unknown, kind: WrittenKind, sent: StoredObject): HandledObject {
  const { name, namespace, uid } = sent.metadata;
  const handled = handledObject(returned, kind, keyOfParts(namespace, name));
  if (uid !== undefined && handled.object.metadata.uid !== uid)
    throw new TypeError(
      `the object ${handled.key} has lost its uid: handlers must store the metadata that they receive`,
    );
  return handled;
}

function keyOfMetadata({ name, namespace }: Record<string, unknown>, kind: WrittenKind): string {
  if (typeof name !== 'string' || name === '') throw new TypeError('the object has no metadata.name');
  if (name.includes('/')) throw new TypeError(`the name ${JSON.stringify(name)} must not contain a slash`);
  if (kind.namespaced === false) {
    if (namespace !== undefined && namespace !== '')
      throw new TypeError(`the object ${name} has a namespace, but its resource is cluster-scoped`);
    return name;
  }
  if (typeof namespace !== 'string' || namespace === '')
    throw new TypeError(`the object ${name} has no metadata.namespace`);
  return keyOfParts(namespace, name);
}

function described(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
