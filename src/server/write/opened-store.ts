/**
 * The store behind a custom resource while it is served, in the version under which it is served.
 * @module
 */
import type { StoredObject, Versioned } from '../../stores/object-store.ts';
import type { Conversion } from '../define/custom-definition.ts';
import { type CustomParts, isStore } from '../define/custom-parts.ts';
import type { AnyDefinition } from '../define/resource-definition.ts';
import type { GroupVersion } from '../read/served-view.ts';
import type { WrittenKind } from '../wire/writes/written-kind.ts';
import { convertedStore } from './converted-store.ts';
import type { Caller } from './handlers/checked-handlers.ts';
import { HandlerStore, type HandlerStoreOptions } from './handlers/handler-store.ts';
import type { CallerStore } from './writing.ts';

/** A store, with the abilities that only handlers may have. */
export interface OpenedStore extends CallerStore {
  /** The same store for one caller. */
  as?(caller: Caller): CallerStore;
  /** Whether an object is known only after it was read: a get of one object reads it first. */
  readonly readsThrough?: boolean;
  /** Whether dry runs are sent to the store. */
  readonly handlesDryRun?: boolean;
  /** Removes objects at their revisions, in one call. */
  deleteCollection?(expected: ReadonlyMap<string, number>, signal: AbortSignal, caller?: Caller): Promise<Versioned[]>;
}

/** Clock, randomness and log, as handlers use them. */
export type HandlerContextParts = Pick<HandlerStoreOptions, 'clock' | 'random' | 'log'>;

/** A definition with the fields that only custom resources have. */
export type CustomDefinition = AnyDefinition & {
  readonly unconditionalUpdate?: boolean | undefined;
  readonly conversion?: (Conversion<never> & { readonly storedVersion: string }) | undefined;
};

/** The kind of a custom resource, as the rules of writes need it. */
export function writtenKind(
  definition: CustomDefinition,
  custom: CustomParts,
  groupVersion: GroupVersion,
): WrittenKind {
  const { kind, plural, namespaced, unconditionalUpdate } = definition;
  const { group, version } = groupVersion;
  return { group, version, kind, plural, namespaced, statusSubresource: custom.hasStatus, unconditionalUpdate };
}

/** Opens the store or the handlers of a custom resource. */
export function openStore(
  definition: CustomDefinition,
  custom: CustomParts,
  groupVersion: GroupVersion,
  context: HandlerContextParts,
): OpenedStore {
  const { backing } = custom;
  if (!isStore(backing)) {
    return new HandlerStore({ kind: writtenKind(definition, custom, groupVersion), handlers: backing, ...context });
  }
  const { group, version } = groupVersion;
  const { plural, conversion } = definition;
  const objects = backing.open({ group, resource: plural });
  if (conversion === undefined) return objects;
  const apiVersions = { own: `${group}/${version}`, stored: `${group}/${conversion.storedVersion}` };
  // The conversion was written for the type of the definition, which is the type of the stored objects.
  return convertedStore(objects, conversion as unknown as Conversion<StoredObject>, apiVersions);
}
