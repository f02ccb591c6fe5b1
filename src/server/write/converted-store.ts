/**
 * A store whose objects are converted: the server reads and writes them in another version of their API than the stored one.
 * @module
 */
import { bigintPath } from '../../exact-json.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import { isForbiddenPromise } from '../../informers/collection/purity.ts';
import { map } from '../../projections/operators/map.ts';
import { RevisionConflictError } from '../../stores/errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../../stores/object-store.ts';
import type { Conversion } from '../define/custom-definition.ts';

/** A conversion returned a value that is not an object of JSON values. */
export class ConversionError extends TypeError {
  override readonly name = 'ConversionError';
  constructor(key: string, direction: string, reason: string) {
    super(
      `${key}: the conversion ${direction} stored version returned ${reason}; it must return an object of JSON values`,
    );
  }
}

/** A conversion between stored objects and those of another version. */
export type StoredConversion = Conversion<StoredObject>;

/**
 * Returns a store with converted objects.
 * @param apiVersions the apiVersion of the converted objects and that of the stored objects
 * @throws ConversionError from each method, if the conversion does not return an object
 */
export function convertedStore(
  store: ObjectStore,
  conversion: StoredConversion,
  apiVersions: { readonly own: string; readonly stored: string },
): ObjectStore {
  const fromStored = (object: StoredObject): StoredObject =>
    convertedObject(object, conversion.fromStored(object), apiVersions.own, 'from the');
  const toStored = (object: StoredObject): StoredObject => {
    const stored = convertedObject(object, conversion.toStored(object), apiVersions.stored, 'to the');
    // The response needs this conversion. If it fails, nothing must be stored.
    fromStored(stored);
    return stored;
  };
  const converted = ({ object, revision }: Versioned): Versioned => ({ object: fromStored(object), revision });
  const objects: Collection<StoredObject> = store.objects.pipe(map(fromStored));
  return {
    objects,
    async read(key, signal) {
      const found = await store.read(key, signal);
      return found === undefined ? undefined : converted(found);
    },
    create: async (object, signal) => converted(await store.create(toStored(object), signal)),
    async replace(object, expected, signal) {
      try {
        return converted(await store.replace(toStored(object), expected, signal));
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error;
        throw new RevisionConflictError(error.key, error.expected, converted(error.current));
      }
    },
    delete: async (key, expected, signal) => converted(await store.delete(key, expected, signal)),
  };
}

/**
 * Returns the converted object with the metadata of the original. A conversion may change labels and annotations, but not identity.
 * @throws ConversionError if the conversion did not return an object
 */
export function convertedObject(
  before: StoredObject,
  converted: unknown,
  apiVersion: string,
  direction: string,
): StoredObject {
  const { namespace, name } = before.metadata;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  if (isForbiddenPromise(converted)) throw new ConversionError(key, direction, 'a promise');
  if (typeof converted !== 'object' || converted === null || Array.isArray(converted)) {
    throw new ConversionError(key, direction, converted === null ? 'null' : typeof converted);
  }
  const bigint = bigintPath(converted);
  if (bigint !== undefined) throw new ConversionError(key, direction, `a bigint at ${bigint}`);
  const { metadata, ...content } = converted as Partial<StoredObject>;
  const { labels = before.metadata['labels'], annotations = before.metadata['annotations'] } = (metadata ??
    {}) as Record<string, unknown>;
  return {
    ...content,
    apiVersion,
    kind: before.kind,
    metadata: {
      ...before.metadata,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  };
}
