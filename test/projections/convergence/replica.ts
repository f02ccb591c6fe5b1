/** A process that reads a {@link FakeEtcd} at its own pace, and the view it serves. */
import type { Collection } from '../../../src/informers/collection/index.ts';
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { ScriptedSource, type Thing } from '../scripted-source.ts';
import { NOW, viewOf } from '../view-rig.ts';
import type { FakeEtcd } from './fake-etcd.ts';

export type Projection = (things: Collection<Thing>) => Collection<unknown>;

export class Replica {
  readonly #etcd: FakeEtcd;
  readonly #projection: Projection;
  readonly #entries: number;
  readonly #number: number;
  #source = new ScriptedSource();
  /** Everything up to this revision has been read. */
  #read = 0;
  #starts = 0;
  view: MaterializedView;

  constructor(etcd: FakeEtcd, projection: Projection, entries: number, number: number) {
    this.#etcd = etcd;
    this.#projection = projection;
    this.#entries = entries;
    this.#number = number;
    this.view = this.restart(0);
  }

  /** A new process, which lists a state that may be older than what the one before had read. */
  restart(back: number): MaterializedView {
    this.#starts += 1;
    this.#source = new ScriptedSource();
    this.#read = Math.max(this.#etcd.first, this.#etcd.revision - back);
    const now = NOW + this.#starts * 1000;
    const view = viewOf(this.#projection(this.#source), {
      log: { entries: this.#entries },
      now: () => now,
      random: () => this.#number / 10,
    });
    this.#source.relist(this.#read, ...this.#etcd.at(this.#read).values());
    this.view?.stop();
    this.view = view;
    return view;
  }

  /** The next event arrives. One that is dropped moves the version on all the same. */
  deliver(dropped = false): boolean {
    const event = this.#etcd.events.find(({ revision }) => revision > this.#read);
    if (event === undefined || !this.#source.hasSynced) return false;
    const { revision, key, object } = event;
    this.#read = revision;
    if (dropped) this.#source.bookmark(revision);
    else if (object === undefined) this.#source.delete(key, revision);
    else this.#source.put(key, revision, object.n, object.metadata.uid);
    return true;
  }

  /** Nothing is missing up to the next event. */
  bookmark(): void {
    if (!this.#source.hasSynced) return;
    const next = this.#etcd.events.find(({ revision }) => revision > this.#read);
    this.#read = next === undefined ? this.#etcd.revision : next.revision - 1;
    this.#source.bookmark(this.#read);
  }

  /** A list no older than what has been read, perhaps not the newest either. */
  relist(back: number): void {
    this.#read = Math.max(this.#read, this.#etcd.revision - back);
    this.#source.relist(this.#read, ...this.#etcd.at(this.#read).values());
  }

  /** What is read has ceased to exist, until the next list. */
  gone(): void {
    this.#source.gone();
  }

  /** Reads all there is. */
  catchUp(): void {
    if (!this.#source.hasSynced) this.relist(0);
    while (this.deliver());
    this.bookmark();
  }
}
