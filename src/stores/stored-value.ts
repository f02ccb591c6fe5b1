/**
 * Between an object and its JSON in a store.
 * @module
 */
import { reasonOf } from '../informers/collection/errors.ts';
import { keyOf } from '../key.ts';
import { ObjectTooLargeError, StoredValueError } from './errors.ts';
import type { StoredObject, Versioned } from './object-store.ts';

/** The most bytes of JSON for one object: what etcd takes in one request (`--max-request-bytes`), unless told otherwise. */
export const MAX_OBJECT_BYTES = 1_572_864;

/** Deeper values are refused: what compares and copies objects goes down by recursion. */
const DEEPEST = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An object on its way into a store. */
export interface EncodedObject {
  readonly key: string;
  readonly json: Buffer;
  /** What the JSON says, deeply frozen. */
  readonly object: StoredObject;
}

/**
 * The JSON of an object, without `metadata.resourceVersion`.
 * @throws ObjectTooLargeError
 * @throws TypeError for what {@link decodeObject} would refuse, and for keys of more than two parts
 */
export function encodeObject(object: StoredObject, limit: number): EncodedObject {
  const key = keyOf(object);
  requireKey(key);
  const { resourceVersion: _, ...metadata } = object.metadata;
  let copy: StoredObject;
  let json: Buffer;
  try {
    json = Buffer.from(JSON.stringify({ ...object, metadata }));
    if (json.length > limit) throw new ObjectTooLargeError(key, json.length, limit);
    copy = decodeObject(key, json);
  } catch (error) {
    if (error instanceof ObjectTooLargeError) throw error;
    throw new TypeError(`${key} can not be stored: ${reasonOf(error)}`, { cause: error });
  }
  return { key, json, object: copy };
}

/**
 * The object that is stored under a key, deeply frozen.
 * @throws StoredValueError
 */
export function decodeObject(key: string, json: Uint8Array): StoredObject {
  const value = parsed(key, json);
  const problem = isRecord(value) ? problemOf(key, value) : `${kindOf(value)}, not an object`;
  if (problem !== undefined) throw new StoredValueError(key, problem);
  if (!frozen(value, DEEPEST)) throw new StoredValueError(key, `nested more than ${DEEPEST} levels deep`);
  return value as StoredObject;
}

/** As collections have it. */
export function withRevision({ object, revision }: Versioned): StoredObject {
  const metadata = Object.freeze({ ...object.metadata, resourceVersion: String(revision) });
  return Object.freeze({ ...object, metadata });
}

/** The revision of an object of a collection. */
export function revisionOf(object: StoredObject): number {
  return Number(object.metadata.resourceVersion);
}

/** @throws TypeError unless it is `name` or `namespace/name` */
export function requireKey(key: string): void {
  const parts = key.split('/');
  if (parts.length > 2 || parts.some((part) => !isKeyPart(part)))
    throw new TypeError(`${JSON.stringify(key)} is no key: it must be name or namespace/name`);
}

/** Whether a text can stand between two slashes of a key. */
export function isKeyPart(text: string): boolean {
  return text !== '' && !text.includes('/') && text.isWellFormed();
}

function parsed(key: string, json: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(json));
  } catch (error) {
    throw new StoredValueError(key, 'not JSON', error);
  }
}

function problemOf(key: string, value: Record<string, unknown>): string | undefined {
  for (const field of ['apiVersion', 'kind']) {
    if (typeof value[field] !== 'string') return `an object without ${field}`;
  }
  const { metadata } = value;
  if (!isRecord(metadata)) return 'an object without metadata';
  const { name, namespace } = metadata;
  if (typeof name !== 'string' || name === '') return 'an object without metadata.name';
  if (namespace !== undefined && typeof namespace !== 'string')
    return 'an object whose metadata.namespace is no string';
  const own = keyOf({ metadata: { name, namespace } });
  return own === key ? undefined : `the object ${own}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Freezes a value and all it holds. False when it is too deep. */
function frozen(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  Object.freeze(value);
  for (const held of Object.values(value)) if (!frozen(held, levels - 1)) return false;
  return true;
}
