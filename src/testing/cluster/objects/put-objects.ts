/**
 * Puts prepared objects into the storage of a cluster.
 * @module
 */
import type { KubernetesObject } from '../../../server/wire/object.ts';
import { ApiError } from '../../../server/wire/status.ts';
import { kindOfObject, LoadObjectsError, placeOf } from './load-objects.ts';
import { resourceNameOf } from '../kinds/resource-kind.ts';
import type { Storage } from '../storage/storage.ts';

/**
 * Creates objects with all their fields, including status and uid. Only the resourceVersions are new. Missing namespaces are
 * created; existing namespaces do not change.
 * @throws RangeError if the storage does not serve the kind of an object
 * @throws LoadObjectsError if the storage refuses an object of `loadObjects`; the message says where the object was
 * read
 * @throws ApiError if the storage refuses any other object, such as 409 for an object that exists
 */
export function putObjects(storage: Storage, objects: Iterable<KubernetesObject>): void {
  const all = [...objects].map((object) => ({ object, resource: resourceOfObject(storage, object) }));
  for (const { object, resource } of all)
    if (resource === 'namespaces') withPlace(object, () => requireNamespace(storage, object.metadata?.name, object));
  for (const { object, resource } of all) {
    if (resource === 'namespaces') continue;
    withPlace(object, () => {
      if (storage.kind(resource)?.namespaced !== false) requireNamespace(storage, object.metadata?.namespace);
      storage.create(resource, object);
    });
  }
}

/** Runs `put`. If the storage refuses an object that was read from a file, the error names the file. */
const withPlace = (object: KubernetesObject, put: () => void): void => {
  try {
    put();
  } catch (error) {
    const place = placeOf(object);
    if (place === undefined || !(error instanceof ApiError)) throw error;
    const fix = error.code === 409 ? '. The cluster creates this object itself; remove it' : '';
    throw new LoadObjectsError(place.file, place.where, `${error.message}${fix}`, error);
  }
};

const resourceOfObject = (storage: Storage, object: KubernetesObject): string => {
  const kind = kindOfObject(object, storage.kinds);
  if (kind !== undefined) return resourceNameOf(kind);
  const { apiVersion = 'no apiVersion', kind: name = 'no kind', metadata } = object;
  throw new RangeError(
    `the cluster does not serve the kind ${name} in ${apiVersion} of the object ${metadata?.name ?? ''}. Add it to \`kinds\``,
  );
};

const requireNamespace = (storage: Storage, name: string | undefined, object?: KubernetesObject): void => {
  if (name === undefined || name === '' || storage.get('namespaces', name) !== undefined) return;
  storage.create('namespaces', object ?? { metadata: { name } });
};
