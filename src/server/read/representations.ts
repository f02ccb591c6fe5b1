/**
 * The forms in which rows go out: encoded once for each state of a row and each form, at the first reader that asks for it.
 *
 * What is kept hangs on the row itself (a WeakMap), so it goes when the row goes. Only ages are formatted for each read.
 * @module
 */
import type { Clock } from '../../clock.ts';
import type { LogEntry } from '../../projections/change-log.ts';
import type { Row, RowEncoder, RowObject } from '../../projections/row.ts';
import { type EncodedCells, encodeCells, pushRow, tableEnd, tableStart } from '../wire/table-bytes.ts';
import type { ListMeta } from '../wire/object.ts';
import { partialObjectMetadata } from '../wire/partial-metadata.ts';
import type { IncludeObject, MetaVersion, TableColumn } from '../wire/table.ts';
import { watchFrame, type WatchEventType } from '../wire/watch-frames.ts';

/** A form in which a client wants objects. */
export type Representation =
  | { readonly as: 'object' }
  | { readonly as: 'partial'; readonly version: MetaVersion }
  | { readonly as: 'table'; readonly version: MetaVersion; readonly includeObject: IncludeObject };

type EncodedForms = Map<string, Buffer>;

const COMMA = Buffer.from(',');

/** The encoded forms of the rows of one resource. */
export class Representations {
  readonly #columns: readonly TableColumn<RowObject>[];
  readonly #encoder: RowEncoder;
  readonly #clock: Clock;
  readonly #cells = new WeakMap<Row, EncodedCells>();
  readonly #forms = new WeakMap<Row, EncodedForms>();
  readonly #departed = new WeakMap<LogEntry, Row>();

  constructor(columns: readonly TableColumn<RowObject>[], encoder: RowEncoder, clock: Clock) {
    this.#columns = columns;
    this.#encoder = encoder;
    this.#clock = clock;
  }

  /** The row that a DELETED event carries: the content before, at the position of the event. */
  departed(entry: LogEntry, before: Row): Row {
    return this.#once(this.#departed, entry, () => this.#encoder.at(before, entry.position));
  }

  /** The parts of a list of Table rows or items, without what stands around them. */
  items(rows: Iterable<Row>, form: Representation): Buffer[] {
    const parts: Buffer[] = [];
    const now = this.#clock.now();
    for (const row of rows) {
      if (parts.length > 0) parts.push(COMMA);
      if (form.as === 'table') pushRow(parts, this.#cellsOf(row), this.#tableObject(row, form), now);
      else parts.push(this.#object(row, form));
    }
    return parts;
  }

  /** The parts of a Table around rows that {@link items} gave. */
  table(items: Buffer[], version: MetaVersion, metadata: ListMeta, withColumns = true): Buffer[] {
    return [tableStart(version, metadata, withColumns ? this.#columns : undefined), ...items, tableEnd];
  }

  /** One object in a form: for a get, or inside a watch event. */
  one(row: Row, form: Representation, withColumns = true): Buffer {
    if (form.as !== 'table') return this.#object(row, form);
    const metadata = { resourceVersion: row.object.metadata.resourceVersion };
    return Buffer.concat(this.table(this.items([row], form), form.version, metadata, withColumns));
  }

  /**
   * A line of a watch stream. The same bytes for everyone who wants the same form; Tables, whose ages move, for everyone who reads in
   * the same second.
   */
  frame(type: WatchEventType, row: Row, form: Representation, withColumns = false): Buffer {
    if (withColumns) return watchFrame(type, this.one(row, form, true));
    const second = form.as === 'table' ? `${form.includeObject} ${Math.floor(this.#clock.now() / 1000)}` : '';
    const name = `${type} ${form.as} ${form.as === 'object' ? '' : form.version} ${second}`;
    const forms = this.#formsOf(row);
    const known = forms.get(name);
    if (known !== undefined) return known;
    // Frames of Tables of another second are of no use any more.
    if (form.as === 'table') for (const other of forms.keys()) if (other.includes(' table ')) forms.delete(other);
    const frame = watchFrame(type, this.one(row, form, false));
    forms.set(name, frame);
    return frame;
  }

  #object(row: Row, form: Representation & { as: 'object' | 'partial' }): Buffer {
    return form.as === 'object' ? row.bytes : this.#partial(row, form.version);
  }

  #tableObject(row: Row, form: Representation & { as: 'table' }): Buffer | undefined {
    if (form.includeObject === 'None') return undefined;
    return form.includeObject === 'Object' ? row.bytes : this.#partial(row, form.version);
  }

  #partial(row: Row, version: MetaVersion): Buffer {
    const forms = this.#formsOf(row);
    const name = `partial ${version}`;
    const known = forms.get(name);
    if (known !== undefined) return known;
    const bytes = Buffer.from(JSON.stringify(partialObjectMetadata(row.object, version)));
    forms.set(name, bytes);
    return bytes;
  }

  #cellsOf(row: Row): EncodedCells {
    return this.#once(this.#cells, row, () => encodeCells(this.#columns, row.object));
  }

  #formsOf(row: Row): EncodedForms {
    return this.#once(this.#forms, row, () => new Map());
  }

  #once<K extends object, V>(known: WeakMap<K, V>, key: K, make: () => V): V {
    const there = known.get(key);
    if (there !== undefined) return there;
    const made = make();
    known.set(key, made);
    return made;
  }
}
