/**
 * A resource while it is served: its view, and what requests need to know of it.
 * @module
 */
import { MaterializedView } from '../../projections/materialized-view.ts';
import type { Upstream } from '../../informers/collection/upstream.ts';
import type { Row } from '../../projections/row.ts';
import { CompressedBodies, StateBodies } from '../read/compressed-bodies.ts';
import { CustomResource } from './custom-resource.ts';
import { fieldManagement } from './field-management.ts';
import { ServerDefinitionError } from '../errors.ts';
import type { LiveNamespaces } from './live-namespaces.ts';
import { guardedColumns } from '../read/guarded-columns.ts';
import type { Logger } from '../logger.ts';
import type { Clock } from '../../clock.ts';
import { Representations } from '../read/representations.ts';
import { definitionText, type Resource } from '../define/resource.ts';
import { metadataFields } from '../wire/field-selector.ts';
import type { GroupResource } from '../wire/object.ts';
import { WriteThrough } from './through/write-through.ts';

/** Where the time and chance of a server come from, and where it says what is wrong. */
export interface Surroundings {
  /** Milliseconds since the epoch. */
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** @default those of the machine */
  readonly clock: Clock;
  /** Which namespaces there are. @default nobody knows, and all will do */
  readonly namespaces?: LiveNamespaces | undefined;
  /** Where compressed lists are kept. @default a place of its own */
  readonly bodies?: CompressedBodies | undefined;
  /** Where what rows are made of is written. */
  readonly upstream?: Upstream | undefined;
}

/** Where a resource is served. */
export interface ServedUnder {
  readonly group: string;
  readonly version: string;
  /** All versions that it is served in. @default this one */
  readonly apiVersions?: readonly string[] | undefined;
}

/** One resource under one group and version. */
export class ServedResource {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly resource: Resource;
  readonly view: MaterializedView;
  readonly representations: Representations;
  /** What answers writes; undefined for projections. */
  readonly custom: CustomResource | undefined;
  /** What answers writes of a projection; undefined where its rows are read-only. */
  readonly writes: WriteThrough | undefined;
  /** All fields that selectors may name. */
  readonly fields: readonly string[];
  readonly #paths = new Map<string, readonly string[]>();
  #bodies: StateBodies;

  constructor(
    { group, version, apiVersions = [`${group}/${version}`] }: ServedUnder,
    resource: Resource,
    surroundings: Surroundings,
  ) {
    const { random, log, upstream, clock, bodies = new CompressedBodies() } = surroundings;
    const { definition } = resource;
    this.group = group;
    this.version = version;
    this.apiVersion = `${group}/${version}`;
    this.resource = resource;
    this.fields = [...(definition.namespaced ? metadataFields : ['metadata.name']), ...resource.selectableFields];
    for (const field of resource.selectableFields) this.#paths.set(field, field.split('.'));
    const { custom } = resource;
    const store = custom?.open(group, version, { clock, random, log });
    const collection = store?.objects ?? resource.rows;
    if (collection === undefined) throw new TypeError(`${definition.plural} has neither rows nor objects`);
    this.view = new MaterializedView(collection, {
      group,
      version,
      kind: definition.kind,
      namespaced: definition.namespaced,
      keepsUid: custom !== undefined,
      definition: definitionText(definition),
      revision: definition.revision,
      log: definition.log,
      clock,
      random,
    });
    if (custom !== undefined && store !== undefined) {
      const { content, scale } = custom;
      const kind = custom.kindIn(group, version);
      this.custom = new CustomResource({
        kind,
        store,
        view: this.view,
        content,
        fields: fieldManagement({
          group,
          version,
          apiVersions,
          kind: definition.kind,
          hasStatus: custom.hasStatus,
          schema: definition.schema,
        }),
        scale,
        namespaces: surroundings.namespaces,
        clock,
        random,
      });
    }
    this.writes = writesOf({ group, version }, resource, this.view, upstream);
    this.#bodies = new StateBodies(bodies);
    this.view.onChange(() => {
      this.#bodies.retire();
      this.#bodies = new StateBodies(bodies);
    });
    const columns = guardedColumns(resource.columns, (column, row, error) => {
      const { namespace, name } = row.metadata;
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      log.warn(`${definition.plural}: column "${column}" failed on ${key}; its cells are empty (told once)`, error);
    });
    this.representations = new Representations(columns, this.view.encoder, clock);
  }

  /** Compressed lists of the rows as they are now. To be taken together with a snapshot of them. */
  get bodies(): StateBodies {
    return this.#bodies;
  }

  /** For messages: what is not found, forbidden or not allowed. */
  get groupResource(): GroupResource {
    return { group: this.group, resource: this.resource.definition.plural };
  }

  /** The value of a selectable field of a row, as text; undefined when it is absent. */
  fieldOf(row: Row, field: string): string | undefined {
    if (field === 'metadata.name') return row.name;
    if (field === 'metadata.namespace') return row.namespace;
    let value: unknown = row.object;
    for (const step of this.#paths.get(field) ?? []) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Readonly<Record<string, unknown>>)[step];
    }
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  }
}

/** @throws ServerDefinitionError where there is no cluster to write to */
function writesOf(
  { group, version }: ServedUnder,
  { definition, write }: Resource,
  view: MaterializedView,
  upstream: Upstream | undefined,
): WriteThrough | undefined {
  if (write === undefined) return undefined;
  const { kind, plural, namespaced } = definition;
  if (upstream === undefined) {
    throw new ServerDefinitionError(
      `${plural}: write needs informers, which write what rows are made of to their cluster`,
    );
  }
  return new WriteThrough({
    kind: { group, version, kind, plural, namespaced, statusSubresource: false, generation: false },
    writes: write,
    view,
    upstream,
  });
}
