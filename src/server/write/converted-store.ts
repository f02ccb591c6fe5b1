/**
 * A store seen through a conversion: objects are read and written in another version of their API than the stored one.
 * @module
 */
import type { Collection } from '../../informers/collection/collection.ts';
import { map } from '../../projections/operators/map.ts';
import { RevisionConflictError } from '../../stores/errors.ts';
import type { ObjectStore, StoredObject, Versioned } from '../../stores/object-store.ts';
import type { Conversion } from '../define/custom-definition.ts';

/** A conversion returned a value that is not an object. */
export class ConversionError extends TypeError {
  override readonly name = 'ConversionError';
  constructor(key: string, direction: string, reason: string) {
    super(`${key}: the conversion ${direction} stored version returned ${reason}; it must return an object`);
  }
}

/**
 * The store with its objects converted.
 * @param apiVersions the apiVersion of the converted objects and that of the stored ones
 */
export function convertedStore(
  store: ObjectStore,
  conversion: Conversion<StoredObject>,
  apiVersions: { readonly own: string; readonly stored: string },
): ObjectStore {
  const out = (object: StoredObject): StoredObject =>
    checked(object, conversion.fromStored(object), apiVersions.own, 'from the');
  const into = (object: StoredObject): StoredObject =>
    checked(object, conversion.toStored(object), apiVersions.stored, 'to the');
  const converted = ({ object, revision }: Versioned): Versioned => ({ object: out(object), revision });
  const objects: Collection<StoredObject> = store.objects.pipe(map(out));
  return {
    objects,
    async read(key, signal) {
      const found = await store.read(key, signal);
      return found === undefined ? undefined : converted(found);
    },
    create: async (object, signal) => converted(await store.create(into(object), signal)),
    async replace(object, expected, signal) {
      try {
        return converted(await store.replace(into(object), expected, signal));
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error;
        throw new RevisionConflictError(error.key, error.expected, converted(error.current));
      }
    },
    delete: async (key, expected, signal) => converted(await store.delete(key, expected, signal)),
  };
}

/** The converted object with the metadata of the original. A conversion may change labels and annotations, but not identity. */
function checked(before: StoredObject, answer: unknown, apiVersion: string, direction: string): StoredObject {
  const { namespace, name } = before.metadata;
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new ConversionError(key, direction, answer === null ? 'null' : typeof answer);
  }
  const { metadata, ...content } = answer as Partial<StoredObject>;
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
