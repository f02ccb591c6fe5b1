/**
 * The forms in which rows are sent: as objects, as their metadata, and as rows of a Table.
 *
 * The JSON of a row is kept with the row. Lists keep their metadata and their rows of Tables by leaves, on the budget of the server. Every
 * other form is encoded for the reader that asks for it and is not kept, because most readers read a row once. The exception is an event
 * of a watch, which many watchers receive: the log of the view keeps its frame.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { SelectedEvent } from '../../projections/interest-group.ts';
import { LeafBytes } from '../../projections/leaf-bytes.ts';
import { jsonOf } from '../../projections/leaf-json.ts';
import type { Leaf, LeafRange } from '../../projections/leaf.ts';
import type { MaterializedView } from '../../projections/materialized-view.ts';
import type { Row, RowObject } from '../../projections/row.ts';
import { unreachable } from '../../unreachable.ts';
import type { RequestContext } from '../define/request-context.ts';
import { formatFor } from './kept-formats.ts';
import type { Endpoint, ResponseFormat } from '../wire/negotiation.ts';
import type { ListMeta } from '../wire/object.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import { AgedRows } from '../wire/aged-rows.ts';
import { encodeCells, pushRow, tableEnd, tableStart } from '../wire/table-bytes.ts';
import { type IncludeObject, type MetaVersion, parseIncludeObject, type TableColumn } from '../wire/table.ts';
import { watchFrame } from '../wire/watch-frames.ts';
import type { BodyPart } from './body-parts.ts';
import { ByteBudget } from './byte-budget.ts';
import { jsonParts, leafForm } from './leaf-forms.ts';
import { Work } from './turns.ts';

/** Other ages in a buffer cost more than a copy of it. */
const COST_OF_AGES = 8;

/** A form in which a client wants objects. */
export type Representation =
  | { readonly as: 'object' }
  | { readonly as: 'partial'; readonly version: MetaVersion }
  | { readonly as: 'table'; readonly version: MetaVersion; readonly includeObject: IncludeObject };

/**
 * Returns the form and the media type that a request asks for.
 * @throws ApiError 406, or 400 for an invalid `includeObject`
 */
export function representationOf(
  ctx: RequestContext,
  endpoint: Endpoint & ('object' | 'list' | 'watch'),
): { format: ResponseFormat; representation: Representation } {
  const { query } = ctx.state;
  const accept = ctx.req.headers.accept;
  const format = formatFor({ accept, userAgent: ctx.req.headers['user-agent'], query }, endpoint);
  const { transform } = format;
  switch (transform.as) {
    case 'none':
    case 'APIGroupDiscoveryList':
      return { format, representation: { as: 'object' } };
    case 'PartialObjectMetadata':
    case 'PartialObjectMetadataList':
      return { format, representation: { as: 'partial', version: transform.version } };
    case 'Table':
      return {
        format,
        representation: { as: 'table', version: transform.version, includeObject: parseIncludeObject(query) },
      };
    default:
      return unreachable(transform);
  }
}

/** The keys of the form `object` in the cache of frames. */
const OBJECT_EVENTS = { ADDED: 'ADDED object', MODIFIED: 'MODIFIED object', DELETED: 'DELETED object' } as const;

/** The encoded forms of the rows of one resource. */
export class Representations {
  readonly #columns: readonly TableColumn<RowObject>[];
  readonly #view: MaterializedView;
  readonly #clock: Clock;
  readonly #budget: ByteBudget;

  constructor(
    columns: readonly TableColumn<RowObject>[],
    view: MaterializedView,
    clock: Clock,
    budget: ByteBudget = new ByteBudget(0),
  ) {
    this.#columns = columns;
    this.#view = view;
    this.#clock = clock;
    this.#budget = budget;
  }

  /**
   * Returns the items of a list or the rows of a Table, in parts, with commas between them. What is kept costs one slice for each leaf. The
   * event loop takes turns while leaves are encoded.
   * @throws ApiError 504 if the request has ended
   */
  async items(ranges: readonly LeafRange[], form: Representation, signal: AbortSignal): Promise<BodyPart[]> {
    const parts: BodyPart[] = [];
    const work = new Work(signal);
    for (const [index, range] of ranges.entries()) {
      parts.push(this.#part(range, form, index === ranges.length - 1, work));
      if (work.isTurnOver) await work.nextTurn();
    }
    return parts;
  }

  #part({ leaf, from, to }: LeafRange, form: Representation, isLast: boolean, work: Work): BodyPart {
    if (form.as === 'object' && !leaf.isArranged) {
      if (leaf.json === undefined) work.addBytes(leaf.bytes);
      return jsonParts(leaf).of(jsonOf(leaf).slice(from, to), from, to, isLast);
    }
    if (form.as !== 'table') {
      const { rows, parts } = leafForm(this.#budget, leaf, nameOf(form), () => {
        work.addRows(leaf.size);
        return new LeafBytes(leaf.rows.map((row) => this.#object(row, form)));
      });
      return parts.of(rows.slice(from, to), from, to, isLast);
    }
    const now = this.#clock.now();
    const { rows, parts } = leafForm(this.#budget, leaf, nameOf(form), () => {
      work.addRows(leaf.size);
      return this.#agedRows(leaf, form, now);
    });
    if (!rows.isCurrent(now)) work.addBytes(rows.size * COST_OF_AGES);
    return parts.of(rows.slice(from, to, now), from, to, isLast);
  }

  #agedRows(leaf: Leaf, form: Representation & { as: 'table' }, now: number): AgedRows {
    const rows = leaf.rows.map((row) => ({
      cells: encodeCells(this.#columns, row.object),
      object: this.#tableObject(row, form),
    }));
    return new AgedRows(rows, now);
  }

  /** Returns the start of a Table, up to its rows. They and `tableEnd` follow. */
  tableStart(version: MetaVersion, metadata: ListMeta, withColumns = true): Buffer {
    return tableStart(version, metadata, withColumns ? this.#columns : undefined);
  }

  /** Returns one object in a form: the body of a get, or the object of a watch event. */
  encode(row: Row, form: Representation, withColumns = true): Buffer {
    if (form.as !== 'table') return this.#object(row, form);
    const metadata = { resourceVersion: row.object.metadata.resourceVersion };
    const items: Buffer[] = [];
    pushRow(items, encodeCells(this.#columns, row.object), this.#tableObject(row, form), this.#clock.now());
    return Buffer.concat([this.tableStart(form.version, metadata, withColumns), ...items, tableEnd]);
  }

  /** Returns a line of a watch stream with a row of the initial state, encoded for one watcher. */
  initial(row: Row, form: Representation, withColumns: boolean): Buffer {
    return watchFrame('ADDED', this.encode(row, form, withColumns));
  }

  /**
   * Returns a line of a watch stream with a change. All watchers that receive the change in the same form share the bytes. A Table contains
   * ages, so only the watchers that read it in the same second share its bytes.
   */
  event({ type, row, entry }: SelectedEvent, form: Representation, withColumns: boolean): Buffer {
    const frame = (): Buffer => {
      // A DELETED event carries the last content of the row at the position of the event.
      const sent = type === 'DELETED' ? this.#view.encoder.at(row, entry.position) : row;
      return watchFrame(type, this.encode(sent, form, withColumns));
    };
    if (withColumns) return frame();
    const second = form.as === 'table' ? Math.floor(this.#clock.now() / 1000) : 0;
    // Watches of objects are the most, and a constant text is found faster than a new one.
    const name = form.as === 'object' ? OBJECT_EVENTS[type] : `${type} ${nameOf(form)}`;
    return this.#view.sharedFrame(entry, name, second, frame);
  }

  #object(row: Row, form: Representation & { as: 'object' | 'partial' }): Buffer {
    return form.as === 'object' ? row.bytes : partial(row, form.version);
  }

  #tableObject(row: Row, form: Representation & { as: 'table' }): Buffer | undefined {
    if (form.includeObject === 'None') return undefined;
    return form.includeObject === 'Object' ? row.bytes : partial(row, form.version);
  }
}

function partial(row: Row, version: MetaVersion): Buffer {
  return Buffer.from(JSON.stringify(partialObjectMetadata(row.object, version)));
}

/** Returns the key of a form in the cache of frames. Forms with different bytes have different keys. */
function nameOf(form: Representation): string {
  if (form.as === 'object') return form.as;
  return form.as === 'partial' ? `${form.as} ${form.version}` : `${form.as} ${form.version} ${form.includeObject}`;
}
