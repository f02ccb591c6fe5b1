/**
 * Converts objects to the JSON that stores keep, and back.
 * @module
 */
import { bigintPath, parseExact } from '../exact-json.ts';
import { reasonOf } from '../informers/collection/errors.ts';
import { keyOf } from '../key.ts';
import { ObjectTooLargeError, StoredValueError } from './errors.ts';
import { requireStoreKey } from './keys.ts';
import type { StoredObject, Versioned } from './object-store.ts';

/** The default maximum size of the JSON of one object, in bytes. It is etcd's default for a request (`--max-request-bytes`). */
export const MAX_OBJECT_BYTES = 1_572_864;

/** The maximum depth of an object, because objects are compared and copied recursively. */
const MAX_DEPTH = 1000;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** An object that is ready to be written. */
export interface EncodedObject {
  readonly key: string;
  readonly json: Buffer;
  /** The object that the JSON decodes to, deeply frozen. */
  readonly object: StoredObject;
}

/**
 * Returns the JSON of an object, without `metadata.resourceVersion`.
 * @throws ObjectTooLargeError
 * @throws TypeError for an object that {@link decodeObject} would reject, and for a key that is not valid
 */
export function encodeObject(object: StoredObject, limit: number): EncodedObject {
  const key = keyOf(object);
  requireStoreKey(key);
  const { resourceVersion: _, ...metadata } = object.metadata;
  let copy: StoredObject;
  let json: Buffer;
  try {
    json = Buffer.from(JSON.stringify({ ...object, metadata }));
    if (json.length > limit) throw new ObjectTooLargeError(key, json.length, limit);
    copy = decodeObject(key, json);
  } catch (error) {
    if (error instanceof ObjectTooLargeError) throw error;
    throw new TypeError(`${key} cannot be stored: ${reasonOf(error)}`, { cause: error });
  }
  return { key, json, object: copy };
}

/**
 * Returns the object that is stored under a key, deeply frozen.
 * @throws StoredValueError
 */
export function decodeObject(key: string, json: Uint8Array): StoredObject {
  const value = parse(key, json);
  const problem = isRecord(value) ? problemOf(key, value) : `${kindOf(value)}, not an object`;
  if (problem !== undefined) throw new StoredValueError(key, problem);
  if (!deepFreeze(value, MAX_DEPTH)) throw new StoredValueError(key, `nested more than ${MAX_DEPTH} levels deep`);
  const bigint = bigintPath(value);
  if (bigint !== undefined) throw new StoredValueError(key, `an object whose ${bigint} is an integer above 2^53`);
  return value as StoredObject;
}

/** Returns the object with its revision as `metadata.resourceVersion`. */
export function withRevision({ object, revision }: Versioned): StoredObject {
  const metadata = Object.freeze({ ...object.metadata, resourceVersion: String(revision) });
  return Object.freeze({ ...object, metadata });
}

function parse(key: string, json: Uint8Array): unknown {
  try {
    return parseExact(utf8.decode(json));
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
    return 'an object whose metadata.namespace is not a string';
  const actual = keyOf({ metadata: { name, namespace } });
  return actual === key ? undefined : `the object ${actual}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Freezes a value deeply. Returns false if it has more than this number of levels. */
function deepFreeze(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  Object.freeze(value);
  for (const child of Object.values(value)) if (!deepFreeze(child, levels - 1)) return false;
  return true;
}
