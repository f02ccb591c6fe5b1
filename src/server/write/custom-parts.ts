/**
 * What a definition and a store say of a custom resource: its verbs, its subresources, its rules.
 * @module
 */
import type { ObjectStore, Store, StoredObject, Versioned } from '../../stores/object-store.ts';
import type { ApiSubresource } from '../wire/discovery.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import { type Content, contentOf } from '../define/content.ts';
import { type Conversion, convertedStore } from './converted-store.ts';
import type { CustomResourceDefinition, ScaleDefinition } from '../define/custom-definition.ts';
import type { Caller } from './handlers/checked-handlers.ts';
import { HandlerStore, type HandlerStoreOptions } from './handlers/handler-store.ts';
import type { Handlers } from '../define/handlers.ts';
import { checkHandlers, verbsOf } from '../define/handler-verbs.ts';
import { SCALE } from '../define/scale.ts';

/** What writes need to know of a custom resource. */
export interface CustomParts {
  readonly verbs: readonly string[];
  readonly subresources: readonly ApiSubresource[];
  readonly scale: ScaleDefinition | undefined;
  readonly content: Content;
  readonly hasStatus: boolean;
  /** Where the objects are kept, as one version has them. */
  open(group: string, version: string, surroundings: HandlerSurroundings): OpenedStore;
  kindIn(group: string, version: string): WrittenKind;
}

/** Where objects are kept, and what it does beside. Stores do none of the rest, handlers may. */
export interface OpenedStore extends ObjectStore {
  /** The same for somebody who asks. */
  as?(caller: Caller): ObjectStore;
  /** A get of one object asks here first: only so is it known. */
  readonly readsThrough?: boolean;
  /** Dry runs are to be sent there. */
  readonly handlesDryRun?: boolean;
  /** Removes objects at their revisions, all at once. */
  deleteCollection?(expected: ReadonlyMap<string, number>, signal: AbortSignal, caller?: Caller): Promise<Versioned[]>;
}

/** What handlers are called with. */
export type HandlerSurroundings = Pick<HandlerStoreOptions, 'clock' | 'random' | 'log'>;

const ALL_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const SUBRESOURCE_VERBS = ['get', 'patch', 'update'] as const;

/** @throws TypeError for a schema or handlers that cannot be served, naming the place */
export function customParts<R>(
  definition: CustomResourceDefinition<R>,
  content: Store | Handlers<R & object>,
): CustomParts {
  const { kind, plural, namespaced, scale, unconditionalUpdate, status: hasStatus = false } = definition;
  const kindIn = (group: string, version: string): WrittenKind => ({
    group,
    version,
    kind,
    plural,
    namespaced,
    statusSubresource: hasStatus,
    unconditionalUpdate,
  });
  // What handlers are given and give is checked to be objects; that they are of their type is theirs to know.
  const handlers = 'open' in content ? undefined : (content as Handlers<object>);
  if (handlers !== undefined) checkHandlers(plural, handlers);
  const verbs = handlers === undefined ? ALL_VERBS : verbsOf(handlers);
  const ofParts = SUBRESOURCE_VERBS.filter((verb) => verbs.some((one) => one === verb));
  return {
    verbs,
    subresources: [
      ...(hasStatus ? [{ name: 'status', verbs: ofParts }] : []),
      ...(scale === undefined ? [] : [{ name: 'scale', verbs: ofParts, ...SCALE }]),
    ],
    scale,
    hasStatus,
    content: contentOf(definition),
    open: (group, version, surroundings) =>
      'open' in content
        ? openedIn(definition, content, group, version)
        : new HandlerStore({ kind: kindIn(group, version), handlers: content, ...surroundings }),
    kindIn,
  };
}

/** The objects of a resource as one version has them. */
function openedIn<R>(
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
