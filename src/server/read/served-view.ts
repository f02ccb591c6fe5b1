/**
 * The readable side of a resource: the view of its rows, the forms in which they are sent, and the selectable fields.
 *
 * It has no writes. `write/served-resource.ts` combines it with the writer of the resource.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { Collection } from '../../informers/collection/collection.ts';
import { MaterializedView } from '../../projections/materialized-view.ts';
import type { Row } from '../../projections/row.ts';
import type { RequestState } from '../define/request-context.ts';
import type { AnyDefinition } from '../define/resource-definition.ts';
import { definitionText, type ResourceParts } from '../define/resource.ts';
import type { Logger } from '../logger.ts';
import { metadataFields } from '../wire/field-selector.ts';
import type { GroupResource } from '../wire/object.ts';
import { ArrangedSelections } from './arranged-selections.ts';
import { ByteBudget } from './byte-budget.ts';
import { CompressedBodies, StateBodies } from './compressed-bodies.ts';
import type { DeflatedParts } from './deflated-parts.ts';
import { Representations } from './representations.ts';
import { guardedColumns } from './row-failures.ts';
import { Validators } from './validators.ts';

/** The clock, the random source, the log and the shared caches of a server. */
export interface ReadContext {
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  /** The budget of everything that is kept to send again. @default a separate one */
  readonly budget?: ByteBudget | undefined;
  /** Compresses lists. @default a separate one, on the budget */
  readonly bodies?: CompressedBodies | undefined;
}

/** The group and version under which a resource is served. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** The user and the id of a get, and the signal that is aborted when the request ends. */
export type GetRequest = Pick<RequestState, 'user' | 'signal' | 'requestId'>;

/** The rows of a resource, and their properties. */
export interface ViewSource {
  readonly rows: Collection<unknown>;
  /** Whether rows have the uid of their objects. Custom resources do. Rows of projections have a generated uid. */
  readonly keepsUid: boolean;
  /**
   * Makes the source read one object for the user of a get, before the get responds. It throws if the source refuses the user. Sources need
   * it if they learn of an object only on a get.
   */
  readonly beforeGet?: ((key: string, request: GetRequest) => Promise<unknown>) | undefined;
}

/** Counts of the watches of one resource. They never decrease. */
export class WatchCounts {
  /** ADDED, MODIFIED and DELETED events that were sent after the initial events. */
  events = 0;
  /** The bytes of all frames that were sent. */
  bytes = 0;
  /** Rows that were sent as initial events. */
  initialEvents = 0;
  /** Watches that ended because their client read more slowly than the log of the view was filled. */
  tooSlow = 0;
}

/** The readable side of one resource under one group and version. */
export class ServedView {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly definition: AnyDefinition;
  readonly columns: ResourceParts['columns'];
  readonly view: MaterializedView;
  readonly representations: Representations;
  readonly budget: ByteBudget;
  readonly deflatedParts: DeflatedParts;
  readonly arranged: ArrangedSelections;
  readonly validators: Validators;
  readonly watchCounts: WatchCounts = new WatchCounts();
  /** The fields that field selectors can name. */
  readonly fields: readonly string[];
  readonly beforeGet: ViewSource['beforeGet'];
  readonly #paths = new Map<string, readonly string[]>();
  #bodies: StateBodies;

  constructor({ group, version }: GroupVersion, resource: ResourceParts, source: ViewSource, context: ReadContext) {
    const { clock, random, log, budget = new ByteBudget() } = context;
    const { bodies = new CompressedBodies(budget) } = context;
    const { definition } = resource;
    this.group = group;
    this.version = version;
    this.apiVersion = `${group}/${version}`;
    this.definition = definition;
    this.columns = resource.columns;
    this.beforeGet = source.beforeGet;
    this.fields = [...(definition.namespaced ? metadataFields : ['metadata.name']), ...resource.selectableFields];
    for (const field of resource.selectableFields) this.#paths.set(field, field.split('.'));
    this.view = new MaterializedView(source.rows, {
      group,
      version,
      kind: definition.kind,
      namespaced: definition.namespaced,
      keepsUid: source.keepsUid,
      definition: definitionText(definition),
      revision: definition.revision,
      log: definition.log,
      clock,
      random,
    });
    this.budget = budget;
    this.deflatedParts = bodies.blocks;
    this.arranged = new ArrangedSelections(clock);
    this.validators = new Validators(this.view);
    this.#bodies = new StateBodies(bodies);
    this.view.onChange(() => {
      this.#bodies.retire();
      if (this.view.ready) this.arranged.dropIdle();
      else this.arranged.clear();
      this.#bodies = new StateBodies(bodies);
    });
    const columns = guardedColumns(resource.columns, (column, row, error) => {
      const { namespace, name } = row.metadata;
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      log.warn(
        `${definition.plural}: column "${column}" failed for ${key}, so the cell is empty (logged once for each column)`,
        error,
      );
    });
    this.representations = new Representations(columns, this.view, clock, budget);
  }

  /** The cache of compressed lists of the current rows. Read it in the same turn as the snapshot. */
  get bodies(): StateBodies {
    return this.#bodies;
  }

  /** The name of the resource in messages. */
  get groupResource(): GroupResource {
    return { group: this.group, resource: this.definition.plural };
  }

  /** Returns the value of a selectable field of a row as text, or undefined if it is missing. */
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
