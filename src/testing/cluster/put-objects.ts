import type { KubernetesObject } from '../../server/wire/object.ts';
import { ApiError } from '../../server/wire/status.ts';
import { kindOfObject, LoadObjectsError, placeOf } from './load-objects.ts';
import { resourceNameOf } from './resource-kind.ts';
import type { Storage } from './storage.ts';

/**
 * Creates objects as they are, status, uid and all, with resourceVersions of this storage. Namespaces they are in are made
 * if there is none; namespaces that are there already stay as they are. Throws a RangeError for an object of a kind that
 * storage does not serve, and what `storage.create` throws (409 for an object that exists): as a LoadObjectsError that says where the
 * object was read, if it comes from `loadObjects`.
 */
export function putObjects(storage: Storage, objects: Iterable<KubernetesObject>): void {
  const all = [...objects].map((object) => ({ object, resource: resourceOfObject(storage, object) }));
  for (const { object, resource } of all)
    if (resource === 'namespaces') placed(object, () => requireNamespace(storage, object.metadata?.name, object));
  for (const { object, resource } of all) {
    if (resource === 'namespaces') continue;
    placed(object, () => {
      if (storage.kind(resource)?.namespaced !== false) requireNamespace(storage, object.metadata?.namespace);
      storage.create(resource, object);
    });
  }
}

/** Says of what is refused where it was read. */
const placed = (object: KubernetesObject, put: () => void): void => {
  try {
    put();
  } catch (error) {
    const place = placeOf(object);
    if (place === undefined || !(error instanceof ApiError)) throw error;
    const mend = error.code === 409 ? ': the cluster makes it itself; remove this one' : '';
    throw new LoadObjectsError(place.file, place.where, `${error.message}${mend}`, error);
  }
};

const resourceOfObject = (storage: Storage, object: KubernetesObject): string => {
  const kind = kindOfObject(object, storage.kinds);
  if (kind !== undefined) return resourceNameOf(kind);
  const { apiVersion = 'no apiVersion', kind: name = 'no kind', metadata } = object;
  throw new RangeError(
    `the cluster serves no resource of kind ${name} in ${apiVersion} (object ${metadata?.name ?? ''})`,
  );
};

const requireNamespace = (storage: Storage, name: string | undefined, object?: KubernetesObject): void => {
  if (name === undefined || name === '' || storage.get('namespaces', name) !== undefined) return;
  storage.create('namespaces', object ?? { metadata: { name } });
};
