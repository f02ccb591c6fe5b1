/**
 * A client that follows the protocol as client-go does: it lists, watches from the version of the list, and resumes at its last version
 * when the watch ends in any way. After a 410 it lists again, not older than its last version. It checks that it misses no event: the
 * events of each pod have consecutive sequence numbers.
 *
 * ```
 *   listing ──200──► connecting ──200──► watching ──end──► connecting
 *      ▲  ▲            │    ▲                │
 *      │  └─410────────┘    └─other failure, after a pause
 *      └──────ERROR 410─────────────────────┘
 * ```
 */
import { type Connections, type Exchange, NoConnectionError } from '../convergence/connection.ts';
import type { Sequences } from './pods.ts';
import type { WatchStatistics } from './watch-statistics.ts';

/** The rows that a client watches, and how. */
export interface WatchedRows {
  readonly plural: 'upstreamrows' | 'localrows';
  /** Undefined for the rows of all teams. */
  readonly team: number | undefined;
  readonly by: 'namespace' | 'label';
  readonly protocol: 'h1' | 'h2';
  readonly mode: 'list' | 'initial events';
}

interface Row {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly sequence: number; readonly version: string };
}

/** A Status has the code. */
interface Event {
  readonly type: string;
  readonly object: Row & { readonly code?: number };
}

/** The pauses after failures, in milliseconds. A watch that was established and ended is opened again without a pause. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1000;
const PATH = '/apis/example.com/v1';

export class RowWatcher {
  readonly #watched: WatchedRows;
  readonly #connections: Connections;
  readonly #statistics: WatchStatistics;
  #rows = new Map<string, Row>();
  /** The last sequence numbers of deleted rows. */
  readonly #deleted = new Map<string, number>();
  #position: string | undefined;
  /** The rows of initial events that are not complete. */
  #partial: Map<string, Row> | undefined;
  /** Whether the next request is a list. A list not older than the position comes first. */
  #nextList: 'none' | 'not older' | 'any' = 'any';
  #hasListed = false;
  #isWatching = false;
  #endedAt: number | undefined;
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #exchange: Exchange | undefined;
  #isStopped = false;

  constructor(watched: WatchedRows, connections: Connections, statistics: WatchStatistics) {
    this.#watched = watched;
    this.#connections = connections;
    this.#statistics = statistics;
  }

  get isWatching(): boolean {
    return this.#isWatching && this.#partial === undefined;
  }

  start(): void {
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#exchange?.cancel();
  }

  /** Returns whether a watch is open that has delivered at least these sequence numbers. */
  hasReached(sequences: Sequences): boolean {
    return (
      this.isWatching &&
      Object.entries(sequences).every(([key, sequence]) => {
        const known = this.#rows.get(key)?.spec.sequence ?? this.#deleted.get(key) ?? 0;
        return known >= sequence || !this.#selects(key);
      })
    );
  }

  /** Returns whether the rows are those of the sequence numbers, in one version. */
  hasConverged(sequences: Sequences, version: string): boolean {
    const expected = Object.entries(sequences).filter(([key]) => this.#selects(key));
    return (
      this.isWatching &&
      expected.length === this.#rows.size &&
      expected.every(([key, sequence]) => {
        const row = this.#rows.get(key);
        return row?.spec.sequence === sequence && row.spec.version === version;
      })
    );
  }

  /** The state, for messages. */
  describe(): string {
    const { plural, team, by, protocol, mode } = this.#watched;
    const state = this.isWatching ? 'watching' : `not watching, next list: ${this.#nextList}`;
    return `${protocol} ${mode} ${plural} of ${team === undefined ? 'all' : `${by} ${team}`}: ${state} at ${this.#position}`;
  }

  #selects(key: string): boolean {
    const { team } = this.#watched;
    return team === undefined || key.startsWith(`team-${team}/`);
  }

  #next(): void {
    if (this.#isStopped) return;
    const version = this.#nextList === 'any' ? '' : `resourceVersion=${this.#position}`;
    if (this.#nextList === 'none') this.#watch(version);
    else if (this.#watched.mode === 'list') this.#list(version);
    else {
      this.#partial = new Map();
      this.#watch(`sendInitialEvents=true&resourceVersionMatch=NotOlderThan&${version}`);
    }
  }

  /** Sends the next request when the connection of the last one can be used again, as Go's clients do. */
  #soon(): void {
    setImmediate(() => this.#next());
  }

  #retry(): void {
    this.#timer = setTimeout(() => this.#next(), this.#pause * (0.5 + Math.random()));
    this.#pause = Math.min(MAX_PAUSE_MS, this.#pause * 2);
  }

  #list(version: string): void {
    const chunks: Buffer[] = [];
    let status: number | undefined;
    this.#send(version, {
      head: (code) => (status = code),
      data: (chunk) => void chunks.push(chunk),
      end: (complete, error) => {
        if (!complete || status === undefined) return this.#failed(error);
        if (status !== 200) return this.#refused(status);
        const { metadata, items } = JSON.parse(Buffer.concat(chunks).toString()) as {
          metadata: Row['metadata'];
          items: readonly Row[];
        };
        this.#replace(new Map(items.map((row) => [keyOf(row), row])), metadata.resourceVersion);
        this.#soon();
      },
    });
  }

  #watch(query: string): void {
    let [partial, status] = ['', 0];
    let hasFailed = false;
    this.#send(`watch=true&allowWatchBookmarks=true&${query}`, {
      head: (code) => {
        status = code;
        if (code === 200) this.#opened();
      },
      data: (chunk) => {
        if (status !== 200) return;
        const lines = (partial + chunk.toString()).split('\n');
        partial = lines.pop() ?? '';
        for (const line of lines) hasFailed ||= !this.#take(JSON.parse(line) as Event);
      },
      end: (complete, error) => {
        const was = this.#isWatching;
        this.#isWatching = false;
        this.#partial = undefined;
        if (status !== 0 && status !== 200) return this.#refused(status);
        if (!was) return this.#failed(error);
        this.#endedAt = performance.now();
        if (complete && partial !== '') this.#violation(`a watch ended within a line: ${partial}`);
        this.#statistics.watchEnded(complete);
        if (hasFailed) this.#retry();
        else this.#soon();
      },
    });
  }

  #opened(): void {
    this.#isWatching = true;
    this.#statistics.opened(this.#endedAt === undefined ? undefined : performance.now() - this.#endedAt);
    this.#endedAt = undefined;
    this.#pause = FIRST_PAUSE_MS;
  }

  /** @returns false after an ERROR */
  #take({ type, object }: Event): boolean {
    if (type === 'ERROR') {
      const { code = 0 } = object;
      this.#statistics.refused(code, 'event');
      // A 410 of a list that was not older than the position leads to a list of any version.
      if (code === 410 || code === 504) this.#nextList = this.#nextList === 'none' ? 'not older' : 'any';
      return code === 410;
    }
    const { resourceVersion, annotations } = object.metadata;
    if (this.#partial !== undefined) {
      if (type === 'ADDED') this.#partial.set(keyOf(object), object);
      else if (annotations?.['k8s.io/initial-events-end'] === 'true') this.#replace(this.#partial, resourceVersion);
      else this.#violation(`${type} before the end of the initial events`);
      return true;
    }
    this.#statistics.events += type === 'BOOKMARK' ? 0 : 1;
    if (type !== 'BOOKMARK') this.#apply(type, object);
    this.#position = resourceVersion;
    return true;
  }

  #apply(type: string, row: Row): void {
    const key = keyOf(row);
    const { sequence, version } = row.spec;
    const known = this.#rows.get(key);
    const event = `${type} ${key} ${sequence} after ${known?.spec.sequence ?? 'none'}`;
    if ((type === 'ADDED') === (known !== undefined)) this.#violation(event);
    // A pod that was deleted and created again has the next number.
    const last = known?.spec.sequence ?? this.#deleted.get(key);
    if (last !== undefined && sequence !== (type === 'DELETED' ? last : last + 1)) this.#violation(event);
    if (known !== undefined && known.spec.version !== version) this.#violation(`${event} has version ${version}`);
    if (type === 'DELETED') {
      this.#rows.delete(key);
      this.#deleted.set(key, sequence);
    } else {
      this.#rows.set(key, row);
      this.#deleted.delete(key);
    }
  }

  #replace(rows: Map<string, Row>, position: string): void {
    const versions = new Set(Array.from(rows.values(), ({ spec }) => spec.version));
    if (versions.size > 1) this.#violation(`a list has rows of the versions ${[...versions].join()}`);
    let older = 0;
    for (const [key, row] of rows) {
      const known = this.#rows.get(key);
      if (known === undefined) continue;
      if (row.spec.sequence < known.spec.sequence) older += 1;
      const isSame = JSON.stringify(row.spec) === JSON.stringify(known.spec);
      if (row.metadata.resourceVersion === known.metadata.resourceVersion && !isSame) {
        this.#violation(`${key} has other content at the same resourceVersion ${row.metadata.resourceVersion}`);
      }
    }
    this.#statistics.listed({ isFirst: !this.#hasListed, older });
    this.#hasListed = true;
    this.#rows = rows;
    this.#deleted.clear();
    this.#position = position;
    this.#partial = undefined;
    this.#nextList = 'none';
  }

  #refused(status: number): void {
    this.#statistics.refused(status, 'response');
    if (status === 410 || status === 504) this.#nextList = this.#nextList === 'none' ? 'not older' : 'any';
    this.#retry();
  }

  #failed(error: Error | undefined): void {
    if (error instanceof NoConnectionError) this.#statistics.unsentRequests += 1;
    else this.#statistics.lostRequests += 1;
    this.#retry();
  }

  #send(query: string, receiver: Parameters<Connections['get']>[3]): void {
    const { plural, team, by, protocol } = this.#watched;
    const [namespace, label] = [team !== undefined && by === 'namespace', team !== undefined && by === 'label'];
    const path = `${PATH}/${namespace ? `namespaces/team-${team}/` : ''}${plural}`;
    const selector = label ? `&labelSelector=team%3D${team}` : '';
    let isOver = false;
    const exchange = this.#connections.get(protocol, `${path}?${query}${selector}`, 'application/json', {
      ...receiver,
      end: (complete, error) => {
        isOver = true;
        this.#exchange = undefined;
        if (!this.#isStopped) receiver.end(complete, error);
      },
    });
    if (!isOver) this.#exchange = exchange;
  }

  #violation(what: string): void {
    this.#statistics.violation(`${this.describe()}: ${what}`);
  }
}

function keyOf({ metadata }: Row): string {
  return `${metadata.namespace}/${metadata.name}`;
}
