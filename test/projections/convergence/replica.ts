/** A process that reads several {@link FakeEtcd}s, each at its own speed, and the view that it serves. */
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { ScriptedSource, type Thing } from '../scripted-source.ts';
import { NOW, viewOf } from '../view-rig.ts';
import type { FakeEtcd } from './fake-etcd.ts';

/** A projection of one or more sources. */
export interface Projection {
  readonly sources: number;
  of(...sources: Collection<Thing>[]): Collection<unknown>;
}

/** The connection of one process to one upstream. */
class Reader {
  readonly #etcd: FakeEtcd;
  readonly source: ScriptedSource;
  /** The revision up to which everything was read. */
  #read: number;

  constructor(etcd: FakeEtcd, name: string, back: number) {
    this.#etcd = etcd;
    this.source = new ScriptedSource('unique', name);
    this.#read = Math.max(etcd.first, etcd.revision - back);
  }

  list(): void {
    this.source.relist(this.#read, ...this.#etcd.at(this.#read).values());
  }

  /** The next event arrives. A dropped event moves the version too. @returns whether there was an event */
  deliver(dropped: boolean): boolean {
    const event = this.#etcd.events.find(({ revision }) => revision > this.#read);
    if (event === undefined || !this.source.hasSynced) return false;
    const { revision, key, object } = event;
    this.#read = revision;
    if (dropped) this.source.bookmark(revision);
    else if (object === undefined) this.source.delete(key, revision);
    else this.source.put(key, revision, object.n, object.metadata.uid);
    return true;
  }

  /** Moves the version to the revision before the next event. */
  bookmark(): void {
    if (!this.source.hasSynced) return;
    const next = this.#etcd.events.find(({ revision }) => revision > this.#read);
    this.#read = next === undefined ? this.#etcd.revision : next.revision - 1;
    this.source.bookmark(this.#read);
  }

  /** Lists a state that may lag behind, but is not older than the last read one. */
  relist(back: number): void {
    this.#read = Math.max(this.#read, this.#etcd.revision - back);
    this.list();
  }

  /** Reads everything. */
  catchUp(): void {
    if (!this.source.hasSynced) this.relist(0);
    while (this.deliver(false));
    this.bookmark();
  }
}

export class Replica {
  readonly #etcds: readonly FakeEtcd[];
  readonly #projection: Projection;
  readonly #entries: number;
  readonly #number: number;
  #readers: readonly Reader[] = [];
  #starts = 0;
  view: MaterializedView;

  constructor(etcds: readonly FakeEtcd[], projection: Projection, entries: number, number: number) {
    this.#etcds = etcds;
    this.#projection = projection;
    this.#entries = entries;
    this.#number = number;
    this.view = this.restart(0);
  }

  /** Starts a new process, which lists a state that may be older than the last one of the old process. */
  restart(back: number): MaterializedView {
    this.#starts += 1;
    this.#readers = this.#etcds.map((etcd, index) => new Reader(etcd, `things${index || ''}`, back));
    const now = NOW + this.#starts * 1000;
    const view = viewOf(this.#projection.of(...this.#readers.map(({ source }) => source)), {
      // With 64 bytes, watchers drop events and read the log again.
      log: { entries: this.#entries, groupBytes: 64 },
      clock: { now: () => now },
      random: () => this.#number / 10,
    });
    for (const reader of this.#readers) reader.list();
    this.view?.stop();
    this.view = view;
    return view;
  }

  /** The reader of a source. */
  reader(source: number): Reader {
    return this.#readers[source % this.#readers.length]!;
  }

  /** Reads everything. If events were dropped silently, it lists first. */
  catchUp(dropped: boolean): void {
    for (const reader of this.#readers) {
      if (dropped) reader.relist(0);
      reader.catchUp();
    }
  }
}
