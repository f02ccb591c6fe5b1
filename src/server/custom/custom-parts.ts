/**
 * What a definition and a store say of a custom resource: its verbs, its subresources, its rules.
 * @module
 */
import type { ObjectStore, Store, StoredObject } from '../../stores/object-store.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import { type Content, contentOf } from './content.ts';
import { type Conversion, convertedStore } from './converted-store.ts';
import type { CustomResourceDefinition, ScaleDefinition } from './custom-definition.ts';
import { SCALE } from './scale.ts';

/** What writes need to know of a custom resource. */
export interface CustomParts {
  readonly verbs: readonly string[];
  readonly subresources: readonly ApiSubresource[];
  readonly scale: ScaleDefinition | undefined;
  readonly content: Content;
  readonly hasStatus: boolean;
  open(group: string, version: string): ObjectStore;
  kindIn(group: string, version: string): WrittenKind;
}

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'] as const;

/** @throws TypeError for a schema that cannot be served, naming the path */
export function customParts<R>(definition: CustomResourceDefinition<R>, store: Store): CustomParts {
  const { kind, plural, namespaced, scale, status: hasStatus = false } = definition;
  return {
    verbs: ALL_VERBS,
    subresources: [
      ...(hasStatus ? [{ name: 'status', verbs: SUBRESOURCE_VERBS }] : []),
      ...(scale === undefined ? [] : [{ name: 'scale', verbs: SUBRESOURCE_VERBS, ...SCALE }]),
    ],
    scale,
    hasStatus,
    content: contentOf(definition),
    open: (group, version) => openedIn(definition, store, group, version),
    kindIn: (group, version) => ({ group, version, kind, plural, namespaced, statusSubresource: hasStatus }),
  };
}

/** The objects of a resource as one version has them. */
export function openedIn<R>(
  { plural, conversion }: CustomResourceDefinition<R>,
  store: Store,
  group: string,
  version: string,
): ObjectStore {
  const objects = store.open({ group, resource: plural });
  if (conversion === undefined) return objects;
  const apiVersions = { own: `${group}/${version}`, stored: `${group}/${conversion.storedVersion}` };
  // Objects are of the type that the definition speaks of.
  return convertedStore(objects, conversion as unknown as Conversion<StoredObject>, apiVersions);
}
