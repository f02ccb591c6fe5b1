/**
 * What happens to an object between the wire and the store.
 * @module
 */
import { keyOf } from '../key.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { DecodeError, TransformError } from './errors.ts';
import { isComparable } from './frontier.ts';

/** Trims an object before it is stored. Must keep name, namespace, uid and resourceVersion, and answer the same for the same. */
export type Transform<T> = (object: T) => T;

/** What the items of a list are, where they do not say it themselves. */
export interface ItemType {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** The type of the items of a list of the given type: `PodList` holds `Pod`. */
export function itemTypeOf(list: ItemType): ItemType {
  return {
    apiVersion: list.apiVersion,
    kind: list.kind?.endsWith('List') === true ? list.kind.slice(0, -4) : undefined,
  };
}

/** An object ready for the store, or the reason why it can't be. */
export type Ingested<T> =
  | { readonly key: string; readonly version: string | undefined; readonly object: T }
  | { readonly key: string; readonly version: string | undefined; readonly error: TransformError };

/**
 * Objects as the store wants them: with `apiVersion` and `kind`, without `managedFields` (a quarter of the bytes and two fifths of the
 * heap of a pod), and through the user's transform.
 *
 * An object for which the transform throws is left out, and said so: kept as it came it might hold what the transform is there to
 * drop, and keeping what was there before would make the content depend on history.
 */
export class Ingest<T extends SourceObject> {
  readonly #transform: Transform<T> | undefined;
  readonly #keepManagedFields: boolean;

  constructor(options: {
    readonly transform?: Transform<T> | undefined;
    readonly keepManagedFields?: boolean | undefined;
  }) {
    this.#transform = options.transform;
    this.#keepManagedFields = options.keepManagedFields ?? false;
  }

  /** @throws DecodeError when the object has no name */
  take(raw: T, type: ItemType): Ingested<T> {
    const metadata = raw?.metadata;
    if (metadata?.name === undefined || metadata.name === '')
      throw new DecodeError('an object without metadata.name arrived');
    const key = keyOf(raw);
    const version = isComparable(metadata.resourceVersion) ? metadata.resourceVersion : undefined;
    const object = this.#trimmed(typed(raw, type));
    if (this.#transform === undefined) return { key, version, object };
    try {
      return { key, version, object: checked(this.#transform(object), object, key) };
    } catch (error) {
      return { key, version, error: error instanceof TransformError ? error : transformError(key, error) };
    }
  }

  /** A copy, not `delete`: that would turn the object into a slow and larger dictionary. */
  #trimmed(object: T): T {
    if (this.#keepManagedFields || object.metadata === undefined || !('managedFields' in object.metadata))
      return object;
    const { managedFields: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
}

function typed<T extends SourceObject>(object: T, type: ItemType): T {
  if (object.kind !== undefined && object.apiVersion !== undefined) return object;
  if (type.kind === undefined || type.apiVersion === undefined) return object;
  return { ...object, apiVersion: type.apiVersion, kind: type.kind };
}

function checked<T extends SourceObject>(transformed: T, object: T, key: string): T {
  const before = object.metadata;
  const after = transformed?.metadata;
  for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
    if (after?.[field] !== before?.[field]) throw new TransformError(key, `it changed metadata.${field}`);
  }
  return transformed;
}

function transformError(key: string, error: unknown): TransformError {
  return new TransformError(key, error instanceof Error ? error.message : String(error), error);
}
