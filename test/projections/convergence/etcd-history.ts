/**
 * A model of upstream's storage that can be restored from a backup: one counter of revisions, every past state, and the rows that a projection
 * truly had at every revision.
 */
import { type Thing, thing } from '../scripted-source.ts';

/** A row as it truly was, and the revision since which it has been so. */
export interface TrueRow {
  readonly content: string;
  readonly since: number;
}

export interface HistoryEvent {
  readonly revision: number;
  readonly key: string;
  /** Undefined if the event deleted the object. */
  readonly object: Thing | undefined;
}

/** The content of the row that `tens` of `view-rig.ts` makes from a thing, with the uid of the thing; undefined if it makes none. */
export function contentOf({ n, metadata }: Thing): string | undefined {
  return n > 0 && n !== 13 ? `${Math.floor(n / 10)} of ${metadata.uid}` : undefined;
}

let uids = 0;

export class EtcdHistory {
  /** The history that this one was restored from, and the revision of the backup. */
  readonly parent: EtcdHistory | undefined;
  readonly at: number;
  /** Whether the restore moved the counter above all revisions of the lost history. */
  readonly isBumped: boolean;
  readonly events: HistoryEvent[];
  readonly #states: ReadonlyMap<string, Thing>[];
  readonly #truth: ReadonlyMap<string, TrueRow>[] = [];

  constructor(from?: { readonly parent: EtcdHistory; readonly at: number; readonly isBumped: boolean }) {
    this.parent = from?.parent;
    this.at = from?.at ?? 0;
    this.isBumped = from?.isBumped ?? false;
    this.events = from?.parent.events.filter(({ revision }) => revision <= from.at) ?? [];
    this.#states = from === undefined ? [] : from.parent.#states.slice(0, from.at + 1);
    if (from === undefined) this.#states[10] = new Map();
    if (from?.isBumped === true) while (this.revision < from.parent.revision + 5) this.tick();
  }

  get revision(): number {
    return this.#states.length - 1;
  }

  /** The objects at a revision. */
  objectsAt(revision: number): ReadonlyMap<string, Thing> {
    return this.#states[revision] ?? new Map();
  }

  get objects(): ReadonlyMap<string, Thing> {
    return this.objectsAt(this.revision);
  }

  put(key: string, n: number): void {
    const uid = this.objects.get(key)?.metadata.uid ?? `uid ${(uids += 1)}`;
    this.#write(key, thing(key, this.revision + 1, n, uid));
  }

  delete(key: string): void {
    if (this.objects.has(key)) this.#write(key, undefined);
  }

  /** A write of another resource. */
  tick(): void {
    this.#states.push(this.objects);
  }

  /** The last revision that this history shares with an earlier one. */
  sharedWith(earlier: EtcdHistory): number {
    if (this === earlier) return Infinity;
    return this.parent === undefined ? Infinity : Math.min(this.at, this.parent.sharedWith(earlier));
  }

  /** The rows at a revision. */
  rowsAt(revision: number): ReadonlyMap<string, TrueRow> {
    for (let at = Math.max(10, this.#truth.length); at <= revision; at += 1) {
      const before = this.#truth[at - 1];
      const rows = new Map<string, TrueRow>();
      for (const [key, object] of this.objectsAt(at)) {
        const content = contentOf(object);
        if (content === undefined) continue;
        const old = before?.get(key);
        rows.set(key, old?.content === content ? old : { content, since: at });
      }
      this.#truth[at] = rows;
    }
    return this.#truth[revision] ?? new Map();
  }

  #write(key: string, object: Thing | undefined): void {
    const state = new Map(this.objects);
    if (object === undefined) state.delete(key);
    else state.set(key, object);
    this.#states.push(state);
    this.events.push({ revision: this.revision, key, object });
  }
}
