/**
 * Opens the store or the handlers behind a custom resource.
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
import type { CallerStore } from './object-write.ts';

/** A store, with optional members that only handlers have. */
export interface OpenedStore extends CallerStore {
  /** Returns the same store for one caller. */
  as?(caller: Caller): CallerStore;
  /** Whether a get must read the object from the store first, because the view may not contain it. */
  readonly readsThrough?: boolean;
  /** Whether the store handles dry runs. */
  readonly handlesDryRun?: boolean;
  /** Deletes the objects that still have the expected revisions, in one call. */
  deleteCollection?(expected: ReadonlyMap<string, number>, signal: AbortSignal, caller?: Caller): Promise<Versioned[]>;
}

/** The clock, the random source and the log for handlers. */
export type HandlerContextParts = Pick<HandlerStoreOptions, 'clock' | 'random' | 'log'>;

/** A definition with the fields that only custom resources have. */
export type CustomDefinition = AnyDefinition & {
  readonly unconditionalUpdate?: boolean | undefined;
  readonly conversion?: (Conversion<never> & { readonly storedVersion: string }) | undefined;
};

/** Returns the kind of a custom resource, for the rules of writes. */
export function writtenKind(
  definition: CustomDefinition,
  custom: CustomParts,
  groupVersion: GroupVersion,
): WrittenKind {
  const { kind, plural, namespaced, unconditionalUpdate } = definition;
  const { group, version } = groupVersion;
  return { group, version, kind, plural, namespaced, statusSubresource: custom.hasStatus, unconditionalUpdate };
}

/** Opens the store or the handlers of a custom resource, in the version under which the resource is served. */
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
