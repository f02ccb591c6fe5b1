/** A replica of an upstream view, with the reflector that the contract requires (docs/resource-versions.md). */
import type { MaterializedView } from '../../../src/projections/materialized-view.ts';
import { ScriptedSource } from '../scripted-source.ts';
import { NOW, tensView } from '../view-rig.ts';
import type { EtcdHistory } from './etcd-history.ts';

export class VersionedReplica {
  readonly #entries: number;
  #source = new ScriptedSource();
  #read = 0;
  #history: EtcdHistory;
  /** The histories that this process has read, each with its first revision. */
  #turns: (readonly [from: number, history: EtcdHistory])[] = [];
  view: MaterializedView;
  /** The number of starts. */
  starts = 0;
  /** Whether nothing arrives from upstream until the next list. */
  isSilent = false;

  constructor(history: EtcdHistory, entries: number) {
    this.#entries = entries;
    this.#history = history;
    this.view = this.restart(history);
  }

  /** The revision up to which everything was read. */
  get frontier(): number {
    return this.#read;
  }

  /** The history that a revision of this replica belongs to. */
  historyAt(revision: number): EtcdHistory {
    return this.#turns.findLast(([from]) => from <= revision)?.[1] ?? this.#history;
  }

  /** The version of the source object behind a row; undefined if it does not exist here. */
  madeFrom(key: string): string | undefined {
    return this.#source.stampOf(key)?.version;
  }

  /** Starts a new process. */
  restart(history: EtcdHistory): MaterializedView {
    this.starts += 1;
    this.isSilent = false;
    this.#source = new ScriptedSource();
    this.#adopt(history);
    this.#source.relist(this.#read, ...history.objects.values());
    this.view?.stop();
    this.view = tensView(this.#source, { log: { entries: this.#entries }, clock: { now: () => NOW } });
    return this.view;
  }

  /** Upstream was restored. Before its counter reaches this replica's frontier, the replica lists twice and finds it below. */
  recognise(history: EtcdHistory, revision: number): void {
    if (!this.#isLost(history) || history.isBumped || revision < this.#read) return;
    this.#begin(history);
  }

  /** The next event arrives, or upstream drops it silently. @returns whether there was an event */
  deliver(history: EtcdHistory, dropped = false): boolean {
    if (this.isSilent || !this.#follows(history)) return false;
    const event = history.events.find(({ revision }) => revision > this.#read);
    if (event === undefined) return false;
    const { revision, key, object } = event;
    this.#read = revision;
    if (dropped) this.#source.bookmark(revision);
    else if (object === undefined) this.#source.delete(key, revision);
    else this.#source.put(key, revision, object.n, object.metadata.uid);
    return true;
  }

  bookmark(history: EtcdHistory): void {
    if (this.isSilent || !this.#follows(history)) return;
    const next = history.events.find(({ revision }) => revision > this.#read);
    const revision = next === undefined ? history.revision : next.revision - 1;
    if (revision <= this.#read) return;
    this.#read = revision;
    this.#source.bookmark(revision);
  }

  /** Lists, in a span of unknown changes. */
  relist(history: EtcdHistory): void {
    this.isSilent = false;
    if (this.#isLost(history) && (history.revision < this.#read || this.#isStrange(history))) {
      this.#begin(history);
      return;
    }
    if (this.#history !== history) this.#turns.push([Math.min(this.#read + 1, history.revision), history]);
    this.#history = history;
    this.#read = history.revision;
    this.#source.relist(this.#read, ...history.objects.values());
  }

  /** Reads everything. */
  catchUp(history: EtcdHistory): void {
    if (this.isSilent || !this.#follows(history)) this.relist(history);
    while (this.deliver(history));
    this.bookmark(history);
  }

  /** Whether the watch works. If upstream was restored, it continues only if this replica had not read beyond the backup. */
  #follows(history: EtcdHistory): boolean {
    if (this.#history === history) return true;
    if (this.#isLost(history) || history.isBumped) return false;
    this.#turns.push([this.#read + 1, history]);
    this.#history = history;
    return true;
  }

  /** Whether this replica has read revisions that a restore has undone. */
  #isLost(history: EtcdHistory): boolean {
    return this.#history !== history && this.#read > history.sharedWith(this.#history);
  }

  /** Whether a list has an object from before the frontier that is not the one held here. */
  #isStrange(history: EtcdHistory): boolean {
    return [...history.objects].some(
      ([key, { metadata }]) =>
        Number(metadata.resourceVersion) <= this.#read && this.madeFrom(key) !== metadata.resourceVersion,
    );
  }

  #begin(history: EtcdHistory): void {
    this.#adopt(history);
    this.#source.restore(this.#read, ...history.objects.values());
  }

  #adopt(history: EtcdHistory): void {
    this.#history = history;
    this.#read = history.revision;
    this.#turns = [[0, history]];
  }
}
