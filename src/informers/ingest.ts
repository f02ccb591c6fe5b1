/**
 * Prepares decoded objects for the store.
 * @module
 */
import { isForbiddenPromise } from './collection/purity.ts';
import { keyOf } from '../key.ts';
import type { SourceObject } from './collection/source-collection.ts';
import { InvalidObjectError, type ObjectError, TransformError } from './errors.ts';
import { presentVersion } from './collection/source-version.ts';
import { withoutNulls } from './nulls.ts';
import { errorMessage } from '../error-message.ts';

/**
 * Trims an object before it is stored. It must keep name, namespace, uid and resourceVersion, and must return equal results for equal
 * objects.
 */
export type Transform<T> = (object: T) => T;

/** The type of an object. The items of a list do not contain their type, so it comes from the list. */
export interface ItemType {
  readonly apiVersion: string | undefined;
  readonly kind: string | undefined;
}

/** Returns the type of the items of a list: a `PodList` holds items of kind `Pod`. */
export function itemTypeOf(list: ItemType): ItemType {
  return {
    apiVersion: list.apiVersion,
    kind: list.kind?.endsWith('List') === true ? list.kind.slice(0, -4) : undefined,
  };
}

/** An object that is ready for the store, or the reason why it is left out. */
export type Ingested<T> =
  | { readonly key: string; readonly version: string | undefined; readonly object: T }
  | { readonly key: string; readonly version: string | undefined; readonly error: ObjectError };

/**
 * Prepares objects for the store: adds `apiVersion` and `kind`, removes `managedFields` (a quarter of the bytes and two fifths of the
 * heap of a pod) and fields that are null, and applies the user's transform.
 *
 * An object without a valid identity is left out, and the error is reported. If the transform throws for an object, the object is left out and the error is reported. Storing the original object instead could keep
 * data that the transform must remove. Keeping the last stored state would make the content depend on the order of events.
 */
export class Ingest<T extends SourceObject> {
  readonly #transform: Transform<T> | undefined;
  readonly #keepManagedFields: boolean;
  readonly #keepNulls: boolean;

  constructor(options: {
    readonly transform?: Transform<T> | undefined;
    readonly keepManagedFields?: boolean | undefined;
    readonly keepNulls?: boolean | undefined;
  }) {
    this.#transform = options.transform;
    this.#keepManagedFields = options.keepManagedFields ?? false;
    this.#keepNulls = options.keepNulls ?? false;
  }

  /**
   * Prepares one object.
   * @param type the type to add if the object does not contain its own
   */
  prepare(raw: T, type: ItemType): Ingested<T> {
    const problem = identityProblem(raw);
    const resourceVersion = raw?.metadata?.resourceVersion;
    const version = typeof resourceVersion === 'string' ? presentVersion(resourceVersion) : undefined;
    if (problem !== undefined) {
      const key = labelOf(raw);
      return { key, version, error: new InvalidObjectError(key, problem) };
    }
    const key = keyOf(raw);
    let object: T;
    try {
      const trimmed = this.#withoutManagedFields(withType(raw, type));
      object = this.#keepNulls ? trimmed : withoutNulls(trimmed);
    } catch (error) {
      // The object is nested too deeply for the stack.
      return { key, version, error: new InvalidObjectError(key, errorMessage(error), error) };
    }
    if (this.#transform === undefined) return { key, version, object };
    try {
      return { key, version, object: checked(this.#transform(object), object, key) };
    } catch (error) {
      return { key, version, error: error instanceof TransformError ? error : transformError(key, error) };
    }
  }

  /** Returns a copy without `managedFields`. `delete` would turn the object into a dictionary, which is slower and larger. */
  #withoutManagedFields(object: T): T {
    if (this.#keepManagedFields || object.metadata === undefined || !('managedFields' in object.metadata))
      return object;
    const { managedFields: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }
}

/** Returns why an object cannot be stored; undefined if it can. JSON from another server may contain any types. */
function identityProblem(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null) return 'it is not an object';
  const { metadata } = raw as { readonly metadata?: unknown };
  if (typeof metadata !== 'object' || metadata === null) return 'it has no metadata.name';
  const fields = metadata as Readonly<Record<string, unknown>>;
  for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
    const value = fields[field];
    if (value === undefined || value === null || typeof value === 'string') continue;
    return `its metadata.${field} is not a text`;
  }
  return fields['name'] === undefined || fields['name'] === null || fields['name'] === ''
    ? 'it has no metadata.name'
    : undefined;
}

/** Returns a text that identifies an object without a valid identity. No key is equal to it. */
function labelOf(raw: unknown): string {
  const { metadata } = Object(raw) as { readonly metadata?: Readonly<Record<string, unknown>> | null };
  const known = ['namespace', 'name', 'uid'].flatMap((field) => {
    const value = metadata?.[field];
    return value === undefined || value === null || value === '' ? [] : [`${field} ${JSON.stringify(value)}`];
  });
  return known.length === 0 ? 'an object' : `an object with ${known.join(', ')}`;
}

function withType<T extends SourceObject>(object: T, type: ItemType): T {
  if (object.kind !== undefined && object.apiVersion !== undefined) return object;
  if (type.kind === undefined || type.apiVersion === undefined) return object;
  return { ...object, apiVersion: type.apiVersion, kind: type.kind };
}

function checked<T extends SourceObject>(transformed: T, object: T, key: string): T {
  if (isForbiddenPromise(transformed)) throw new TransformError(key, 'it returned a promise');
  const before = object.metadata;
  const after = transformed?.metadata;
  for (const field of ['name', 'namespace', 'uid', 'resourceVersion'] as const) {
    if ((after?.[field] ?? undefined) !== (before?.[field] ?? undefined))
      throw new TransformError(key, `it changed metadata.${field}`);
  }
  return transformed;
}

function transformError(key: string, error: unknown): TransformError {
  return new TransformError(key, errorMessage(error), error);
}
