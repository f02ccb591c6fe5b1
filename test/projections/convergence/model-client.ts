/**
 * A client that only uses the protocol. It lists (at once, in pages, or by initial events), watches, resumes from its last version, and
 * lists again when that version has expired.
 */
import { expect } from 'chai';
import { ExpiredError } from '../../../src/projections/errors.ts';
import type { LogEntry } from '../../../src/projections/log-entry.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import type { Row } from '../../../src/projections/row.ts';
import type { WatchCursor } from '../../../src/projections/watch-cursor.ts';

export type ListMode = 'list' | 'pages' | 'initial events';

/** The state of a client: rows by key, without their versions, and a position. */
export interface Knowledge {
  readonly rows: ReadonlyMap<string, string>;
  readonly position: bigint;
}

/** How a client behaves. */
export interface Behaviour {
  readonly mode: ListMode;
  /** Whether the client selects rows, as with a label selector. */
  readonly selective: boolean;
}

/** An incomplete list. The next page begins at `start`, or the rows in `left` are still unsent. */
interface PartialList {
  readonly rows: Map<string, string>;
  readonly position: bigint;
  start?: string;
  readonly left?: Row[];
}

/** The content of a row. */
export function contentOf({ object }: Row): string {
  return JSON.stringify({ ...object, metadata: { ...object.metadata, resourceVersion: '' } });
}

const PAGE = 2;

export class ModelClient {
  readonly behaviour: Behaviour;
  readonly #record: (knowledge: Knowledge) => void;
  rows: Map<string, string>;
  #position: bigint | undefined;
  /** The bits of a position that have no order. */
  #digestBits = 0n;
  #watch: WatchCursor | undefined;
  #partial: PartialList | undefined;
  relists = 0;

  constructor(behaviour: Behaviour, record: (knowledge: Knowledge) => void, known?: Knowledge) {
    this.behaviour = behaviour;
    this.#record = record;
    this.rows = new Map(known?.rows);
    this.#position = known?.position;
  }

  get connected(): boolean {
    return this.#watch !== undefined;
  }

  matches(row: Row | undefined): boolean {
    return row !== undefined && (!this.behaviour.selective || Number(row.object['n']) >= 1);
  }

  /** Sends the next request to a replica. */
  connect(view: MaterializedView): void {
    if (!view.ready || this.connected) return;
    this.#digestBits = view.scheme === 'upstream' ? 20n : 0n;
    try {
      if (this.#position !== undefined) this.#watch = view.watchFrom(this.#position);
      else this.#list(view);
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error;
      this.#position = undefined;
      this.#partial = undefined;
    }
  }

  /** The next frame arrives, or it is lost together with the connection. @returns whether there was a frame */
  receive(lost = false): boolean {
    const watch = this.#watch;
    if (watch === undefined) return false;
    if (watch.ended !== undefined) {
      this.cut();
      return true;
    }
    if (this.#partial !== undefined) this.#receiveInitial(this.#partial, watch);
    else {
      const entry = watch.next()?.entry;
      if (entry === undefined && watch.ended === undefined) return false;
      if (entry !== undefined && !lost) this.#apply(entry);
    }
    if (lost) this.cut();
    return true;
  }

  /** The server sends a bookmark if the watch has one. */
  receiveBookmark(): void {
    if (this.#watch === undefined || this.#partial !== undefined || this.#position === undefined) return;
    const bookmark = this.#watch.bookmark(this.#position);
    if (bookmark !== undefined) this.#reach(bookmark);
  }

  cut(): void {
    this.#watch?.end('closed');
    this.#watch = undefined;
    if (this.behaviour.mode === 'initial events') this.#partial = undefined;
  }

  #list(view: MaterializedView): void {
    const { position, rows } = view.snapshot();
    switch (this.behaviour.mode) {
      case 'list':
        this.#listed(new Map(this.#selected(rows.range(''))), position);
        break;
      case 'initial events':
        this.#partial = { rows: new Map(), position, left: [...rows.range('')].filter((row) => this.matches(row)) };
        this.#watch = view.watchFrom(position);
        break;
      case 'pages':
        this.#page(view, (this.#partial ??= { rows: new Map(), position }));
        break;
      default:
        expect.fail();
    }
  }

  #page(view: MaterializedView, partial: PartialList): void {
    // The server would respond with 504, and the client would try again.
    if (view.isAhead(partial.position)) return;
    const page: Row[] = [];
    for (const row of view.snapshotAt(partial.position).range('', partial.start)) {
      page.push(row);
      if (page.length === PAGE) break;
    }
    for (const [key, content] of this.#selected(page)) partial.rows.set(key, content);
    partial.start = `${page.at(-1)?.key}\0`;
    if (page.length < PAGE) this.#listed(partial.rows, partial.position);
  }

  #listed(rows: Map<string, string>, position: bigint): void {
    this.rows = rows;
    this.relists += 1;
    this.#partial = undefined;
    this.#reach(position);
  }

  #receiveInitial(partial: PartialList, watch: WatchCursor): void {
    const row = partial.left?.shift();
    if (row === undefined) this.#listed(partial.rows, watch.position);
    else partial.rows.set(row.key, contentOf(row));
  }

  #apply({ before, after, position }: LogEntry): void {
    if (after !== undefined && this.matches(after)) this.rows.set(after.key, contentOf(after));
    else if (before !== undefined && this.matches(before)) this.rows.delete(before.key);
    else return;
    this.#reach(position);
  }

  #reach(position: bigint): void {
    // Positions of one version of the source have no order.
    const version = (one: bigint): bigint => one >> this.#digestBits;
    if (this.connected) expect(version(position) >= version(this.#position ?? 0n), 'versions decreased').to.equal(true);
    this.#position = position;
    this.#record({ rows: new Map(this.rows), position });
  }

  *#selected(rows: Iterable<Row>): Generator<[string, string]> {
    for (const row of rows) if (this.matches(row)) yield [row.key, contentOf(row)];
  }
}
