/**
 * A resource under one group and version: its readable side and its writer.
 * @module
 */
import type { Upstream } from '../../informers/collection/upstream.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { ApiParts } from '../define/api-definition.ts';
import type { CustomParts } from '../define/custom-parts.ts';
import type { RawEndpointParts } from '../define/raw-endpoint.ts';
import type { ResourceParts } from '../define/resource.ts';
import { ServerDefinitionError } from '../errors.ts';
import { type GetRequest, type GroupVersion, type ReadContext, ServedView } from '../read/served-view.ts';
import { CustomResource } from './custom-resource.ts';
import { fieldManagement } from './field-management.ts';
import type { VersionContent } from './field-versions.ts';
import type { LiveNamespaces } from './live-namespaces.ts';
import { type CustomDefinition, openStore, type OpenedStore, writtenKind } from './opened-store.ts';
import { WriteThrough } from './through/write-through.ts';

/** The parts of a server that its resources use. */
export interface ServingContext extends ReadContext {
  /** The namespaces of the cluster. Without them, custom resources can be created in any namespace. */
  readonly namespaces?: LiveNamespaces | undefined;
  /** Writes the objects behind the rows of writable projections. */
  readonly upstream?: Upstream | undefined;
}

/** The group and version under which a resource is served, with the other versions of it. */
export interface ServedUnder extends GroupVersion {
  /** All versions that the resource is served in, by `group/version`. @default this one */
  readonly versions?: ReadonlyMap<string, VersionContent> | undefined;
}

/** A resource while it is served. */
export class ServedResource {
  readonly resource: ResourceParts;
  /** The readable side. */
  readonly read: ServedView;
  /** Writes the objects of a custom resource; undefined for projections. */
  readonly custom: CustomResource | undefined;
  /** Writes the rows of a projection to its sources; undefined if the rows are read-only. */
  readonly through: WriteThrough | undefined;

  /** @throws ServerDefinitionError if a projection has `write`, but the server has no cluster to write to */
  constructor(under: ServedUnder, resource: ResourceParts, context: ServingContext) {
    const { definition, custom, rows } = resource;
    this.resource = resource;
    if (custom === undefined) {
      if (rows === undefined) throw new TypeError(`${definition.plural} has neither rows nor a store`);
      this.read = new ServedView(under, resource, { rows, keepsUid: false }, context);
      this.through = writeThrough(under, resource, this.read.view, context.upstream);
      return;
    }
    const store = openStore(definition, custom, under, context);
    const beforeGet =
      store.readsThrough === true
        ? (key: string, { user, signal, requestId }: GetRequest): Promise<unknown> =>
            (store.as?.({ user, dryRun: false, requestId }) ?? store).read(key, signal)
        : undefined;
    this.read = new ServedView(under, resource, { rows: store.objects, keepsUid: true, beforeGet }, context);
    this.custom = customResource(under, definition, { custom, store, view: this.read.view }, context);
  }
}

function customResource(
  { group, version, versions }: ServedUnder,
  definition: CustomDefinition,
  parts: { readonly custom: CustomParts; readonly store: OpenedStore; readonly view: MaterializedView },
  { clock, random, namespaces }: ServingContext,
): CustomResource {
  const { custom, store, view } = parts;
  const { kind } = definition;
  const own = new Map([[`${group}/${version}`, contentOf(definition)]]);
  return new CustomResource({
    kind: writtenKind(definition, custom, { group, version }),
    store,
    view,
    content: custom.content,
    fields: fieldManagement({ group, version, versions: versions ?? own, kind, hasStatus: custom.hasStatus }),
    scale: custom.scale,
    namespaces,
    clock,
    random,
  });
}

function writeThrough(
  { group, version }: ServedUnder,
  { definition, write }: ResourceParts,
  view: MaterializedView,
  upstream: Upstream | undefined,
): WriteThrough | undefined {
  if (write === undefined) return undefined;
  const { kind, plural, namespaced } = definition;
  if (upstream === undefined) {
    throw new ServerDefinitionError(
      `${plural}: write needs informers that can write to their cluster; pass informers to apiServer`,
    );
  }
  return new WriteThrough({
    kind: { group, version, kind, plural, namespaced, statusSubresource: false, generation: false },
    writes: write,
    view,
    upstream,
  });
}

/** The resources under one group and version, by plural. */
export type ServedVersion = ReadonlyMap<string, ServedResource | RawEndpointParts>;

/** Returns all resources by `group/version`, then by plural. */
export function servedVersions(apis: readonly ApiParts[], context: ServingContext): ReadonlyMap<string, ServedVersion> {
  return new Map(
    apis.map(({ group, version, resources }): [string, ServedVersion] => [
      `${group}/${version}`,
      new Map(
        resources.map((item): [string, ServedResource | RawEndpointParts] => {
          if (item.type === 'raw') return [item.discovery.name, item];
          const contents = contentsOf(apis, group, item.definition.plural);
          return [item.discovery.name, new ServedResource({ group, version, versions: contents }, item, context)];
        }),
      ),
    ]),
  );
}

/** Returns all versions in which a resource is served. Field managers are recorded with their version. */
function contentsOf(apis: readonly ApiParts[], group: string, plural: string): ReadonlyMap<string, VersionContent> {
  const contents = new Map<string, VersionContent>();
  for (const { group: other, version, resources } of apis) {
    if (other !== group) continue;
    for (const item of resources) {
      if (item.type === 'raw' || item.definition.plural !== plural) continue;
      contents.set(`${group}/${version}`, contentOf(item.definition));
    }
  }
  return contents;
}

function contentOf({ schema, conversion }: CustomDefinition): VersionContent {
  // The conversion was written for the type of the definition, which is the type of the objects in that version.
  return { schema, conversion: conversion as unknown as VersionContent['conversion'] };
}
