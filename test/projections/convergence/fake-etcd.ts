/** A model of upstream's storage: objects by key, one counter of revisions, and every past state. */
import { type Thing, thing } from '../scripted-source.ts';

export interface EtcdEvent {
  readonly revision: number;
  readonly key: string;
  /** Undefined if the event deleted the object. */
  readonly object: Thing | undefined;
}

export class FakeEtcd {
  readonly events: EtcdEvent[] = [];
  readonly #states: ReadonlyMap<string, Thing>[] = [];
  readonly first = 10;
  #uids = 0;

  constructor() {
    this.#states[this.first] = new Map();
  }

  get revision(): number {
    return this.#states.length - 1;
  }

  /** The objects at a revision. */
  at(revision: number): ReadonlyMap<string, Thing> {
    return this.#states[revision] ?? new Map();
  }

  put(key: string, n: number): void {
    this.#uids += 1;
    const uid = this.at(this.revision).get(key)?.metadata.uid ?? `uid ${this.#uids}`;
    this.#write(key, thing(key, this.revision + 1, n, uid));
  }

  delete(key: string): void {
    if (this.at(this.revision).has(key)) this.#write(key, undefined);
  }

  /** A write of another resource. */
  tick(): void {
    this.#states.push(this.at(this.revision));
  }

  #write(key: string, object: Thing | undefined): void {
    const state = new Map(this.at(this.revision));
    if (object === undefined) state.delete(key);
    else state.set(key, object);
    this.#states.push(state);
    this.events.push({ revision: this.revision, key, object });
  }
}
