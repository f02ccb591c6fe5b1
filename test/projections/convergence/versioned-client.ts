/**
 * A client of upstream views that checks everything it receives against the truth: the rows at a position, the version of every row, and the
 * promises between replicas. It lists (at once or in pages), watches, resumes, moves to other replicas, and starts over after a 410.
 */
import { expect } from 'chai';
import { ExpiredError } from '../../../src/projections/errors.ts';
import type { Interest } from '../../../src/projections/interest.ts';
import type { Row } from '../../../src/projections/row.ts';
import type { WatchCursor } from '../../../src/projections/watch-cursor.ts';
import type { EtcdHistory } from './etcd-history.ts';
import type { VersionedReplica } from './versioned-replica.ts';

/** The state of a client. */
export interface VersionedKnowledge {
  readonly rows: ReadonlyMap<string, Row>;
  readonly position: bigint;
  /** The history that the position belongs to. */
  readonly history: EtcdHistory;
  readonly selective: boolean;
}

export const revisionOf = (position: bigint | string): number => Number(BigInt(position) >> 20n);
export const contentOfRow = ({ object, sourceUid }: Row): string => `${String(object['n'])} of ${sourceUid}`;

const SELECTED: Interest = { id: 'n >= 1', condition: undefined, matches: ({ object }) => Number(object['n']) >= 1 };
const PAGE_END = 'a/y';

/** Whether upstream dropped events silently. Then rows cannot be compared with the truth. */
export interface Checks {
  readonly truth: boolean;
}

interface FirstPage {
  readonly rows: readonly Row[];
  readonly position: bigint;
  readonly history: EtcdHistory;
}

export class VersionedClient {
  rows: Map<string, Row>;
  position: bigint | undefined;
  history: EtcdHistory | undefined;
  readonly selective: boolean;
  readonly #checks: Checks;
  readonly #record: (known: VersionedKnowledge) => void;
  replica: VersionedReplica | undefined;
  #watch: WatchCursor | undefined;
  #page: FirstPage | undefined;
  #marked = 0;
  /** The highest version of each row that this client has seen, with its content. */
  readonly #seen = new Map<string, { readonly content: string | undefined; readonly version: number }>();

  constructor(
    options: {
      readonly selective: boolean;
      readonly checks: Checks;
      readonly record: (known: VersionedKnowledge) => void;
    },
    known?: VersionedKnowledge,
  ) {
    this.selective = options.selective;
    this.#checks = options.checks;
    this.#record = options.record;
    this.rows = new Map(known?.rows);
    this.position = known?.position;
    this.history = known?.history;
  }

  get connected(): boolean {
    return this.#watch !== undefined;
  }

  /**
   * Sends the next request.
   * @param paged whether a new list has two pages
   */
  connect(replica: VersionedReplica, history: EtcdHistory, paged: boolean): void {
    if (this.connected || !replica.view.ready) return;
    try {
      if (this.#page !== undefined) this.#lastPage(replica, history, this.#page);
      else if (this.position === undefined) this.#list(replica, paged);
      else this.#open(replica, history, this.position);
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error;
      this.position = undefined;
      this.#page = undefined;
    }
  }

  /** Reads the next event. @returns whether there was an event, or the watch has ended */
  receive(): boolean {
    const [watch, replica] = [this.#watch, this.replica];
    if (watch === undefined || replica === undefined) return false;
    const event = watch.next();
    if (event === undefined) {
      if (watch.ended === undefined) return false;
      if (watch.ended === 'expired') this.position = undefined;
      this.cut();
      return true;
    }
    const { entry, row, type } = event;
    const revision = revisionOf(entry.position);
    // Late changes have the version of a bookmark that was sent before them. They exist only if upstream drops events.
    if (!entry.late) expect(revision, 'an event is not above a bookmark').to.be.greaterThan(this.#marked);
    expect(revision, 'versions decreased').to.be.at.least(revisionOf(this.position ?? 0n));
    const mine = this.rows.get(row.key);
    if (type === 'DELETED') {
      expect(mine && contentOfRow(mine), 'DELETED with other content').to.equal(contentOfRow(row));
      this.rows.delete(row.key);
    } else this.rows.set(row.key, row);
    this.#see(row, revision, replica.historyAt(revision), type === 'DELETED');
    this.#reach(replica, entry.position);
    return true;
  }

  receiveBookmark(): void {
    if (this.#watch === undefined || this.replica === undefined || this.position === undefined) return;
    const bookmark = this.#watch.bookmark(this.position);
    if (bookmark === undefined || revisionOf(bookmark) <= revisionOf(this.position)) return;
    this.#marked = revisionOf(bookmark);
    this.#reach(this.replica, bookmark);
  }

  cut(): void {
    this.#watch?.end('closed');
    this.#watch = undefined;
    this.replica = undefined;
  }

  /** Reads the rows at a position that was handed out, from any replica. */
  readExactly(replica: VersionedReplica, { position, history }: VersionedKnowledge): void {
    if (!replica.view.ready || replica.view.isAhead(position)) return;
    try {
      const rows = [...replica.view.snapshotAt(position).range('')].filter((row) => this.#matches(row));
      this.#seeAll(rows, revisionOf(position), replica);
      this.#agree(rows, position, history);
    } catch (error) {
      if (!(error instanceof ExpiredError)) throw error;
    }
  }

  /** Checks rows that this client is shown at a position. */
  seeCurrent(replica: VersionedReplica): void {
    const { position, rows } = replica.view.snapshot();
    this.#seeAll([...rows.range('')], revisionOf(position), replica);
  }

  #list(replica: VersionedReplica, paged: boolean): void {
    const { position, rows } = replica.view.snapshot();
    const all = [...rows.range('')].filter((row) => this.#matches(row));
    const history = replica.historyAt(revisionOf(position));
    if (paged) {
      this.#page = { rows: all.filter(({ key }) => key < PAGE_END), position, history };
      this.#seeAll(this.#page.rows, revisionOf(position), replica);
    } else this.#listed(replica, all, position);
  }

  #lastPage(replica: VersionedReplica, history: EtcdHistory, page: FirstPage): void {
    if (replica.view.isAhead(page.position)) {
      // The server asks upstream; see `existsUpstream`.
      if (revisionOf(page.position) > history.revision) this.#page = undefined;
      return;
    }
    const rest = [...replica.view.snapshotAt(page.position).range('', PAGE_END)].filter((row) => this.#matches(row));
    this.#seeAll(rest, revisionOf(page.position), replica);
    this.#listed(replica, [...page.rows, ...rest], page.position, page.history);
  }

  #listed(replica: VersionedReplica, rows: readonly Row[], position: bigint, history?: EtcdHistory): void {
    this.#page = undefined;
    this.rows = new Map(rows.map((row) => [row.key, row]));
    if (history === undefined) this.#seeAll(rows, revisionOf(position), replica);
    this.#reach(replica, position, history);
  }

  #open(replica: VersionedReplica, history: EtcdHistory, position: bigint): void {
    // The server asks upstream; see `existsUpstream`.
    if (replica.view.isAhead(position) && revisionOf(position) > history.revision) {
      this.position = undefined;
      return;
    }
    this.#watch = replica.view.watchFrom(position, this.selective ? SELECTED : undefined);
    this.replica = replica;
    this.#marked = 0;
  }

  #reach(replica: VersionedReplica, position: bigint, history = replica.historyAt(revisionOf(position))): void {
    this.position = position;
    this.history = history;
    this.#agree([...this.rows.values()], position, history);
    this.#record({ rows: new Map(this.rows), position, history, selective: this.selective });
  }

  #seeAll(rows: readonly Row[], revision: number, replica: VersionedReplica): void {
    for (const row of rows) this.#see(row, revision, replica.historyAt(revision), false);
  }

  /** Checks the version of a row that is shown at a revision (rule 2, promise 12). */
  #see(row: Row, revision: number, history: EtcdHistory, isGone: boolean): void {
    if (!this.#checks.truth) return;
    const version = isGone ? revision : revisionOf(row.object.metadata.resourceVersion);
    const content = isGone ? undefined : contentOfRow(row);
    const truth = history.rowsAt(revision).get(row.key);
    expect(version, `${row.key} is newer than its list or event`).to.be.at.most(revision);
    if (isGone) {
      const isThere = truth?.content === contentOfRow(row) && this.#selects(truth.content);
      expect(isThere, `${row.key} was deleted, but exists at ${revision}`).to.equal(false);
    } else {
      expect(content, `${row.key} at ${revision}`).to.equal(truth?.content);
      expect(version, `${row.key} was different after its version`).to.be.at.least(truth?.since ?? 0);
    }
    const id = `${historyId(history)} ${row.key} ${row.sourceUid}`;
    const top = this.#seen.get(id);
    if (top !== undefined && top.content !== content && version <= top.version && revision >= top.version) {
      expect.fail(`${row.key}: version ${version} has content ${content}, but ${top.version} had ${top.content}`);
    }
    if (top === undefined || version > top.version) this.#seen.set(id, { content, version });
  }

  /** Checks that the rows at a position are those of upstream at that version. */
  #agree(rows: readonly Row[], position: bigint, history: EtcdHistory): void {
    if (!this.#checks.truth) return;
    const truth = [...history.rowsAt(revisionOf(position))].filter(([, { content }]) => this.#selects(content));
    const wanted = Object.fromEntries(truth.map(([key, { content }]) => [key, content]));
    const found = Object.fromEntries(rows.map((row) => [row.key, contentOfRow(row)]));
    expect(found, `rows at ${revisionOf(position)}`).to.deep.equal(wanted);
  }

  #matches(row: Row): boolean {
    return !this.selective || SELECTED.matches(row);
  }

  #selects(content: string): boolean {
    return !this.selective || Number.parseInt(content, 10) >= 1;
  }
}

const ids = new WeakMap<EtcdHistory, number>();
let lastId = 0;

/** Returns a number for a history. The versions of different histories are not comparable. */
function historyId(history: EtcdHistory): number {
  const id = ids.get(history) ?? (lastId += 1);
  ids.set(history, id);
  return id;
}
