/**
 * A collection at the head of the graph: what an informer or a fake writes to.
 *
 * Its writer moves store and frontier together, one tick for each write: what readers see is never half a list.
 * @module
 */
import type { CollectionNode } from './collection-node.ts';
import type { Collection, Origin } from './collection.ts';
import type { Cause, Delta } from './delta.ts';
import { pipeline } from './derived-collection.ts';
import type { PipelineError, RowError } from './errors.ts';
import { keyOf, type Keyed } from '../../key.ts';
import type { Lineage, SourceStamp, VersionedSource } from './lineage.ts';
import { LiveCollection } from './live-collection.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';

/** What objects of a source have beside a key. */
export interface SourceObject extends Keyed {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?:
    | {
        readonly name?: string | undefined;
        readonly namespace?: string | undefined;
        readonly uid?: string | undefined;
        readonly resourceVersion?: string | undefined;
      }
    | undefined;
}

/**
 * What the versions of a source are worth.
 * - `unique`: each event has a version of its own, a number comparable within the source. Views over it can be of scheme `upstream`.
 * - `repeated`: numbers, but several events may share one (objects that expire by lease, as `events` do).
 * - `none`: no versions (a polled source).
 */
export type SourceVersions = 'unique' | 'repeated' | 'none';

/** One event of a source. */
export interface SourceEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  /** The version of the event; of a DELETED the version of the deletion. */
  readonly version: number | undefined;
}

const NO_ERRORS: ReadonlyMap<string, RowError> = new Map();

/** The head of a graph. Subclasses write; readers see a {@link Collection}. */
export abstract class SourceCollection<T extends SourceObject> extends LiveCollection<T> implements VersionedSource {
  override readonly lineage: Lineage | undefined;
  override readonly pipe: Collection<T>['pipe'] = pipeline<T>(this);
  override readonly errors: ReadonlyMap<string, RowError> = NO_ERRORS;
  override readonly failure: PipelineError | undefined = undefined;
  override readonly height: number = 0;
  override readonly inputs: readonly CollectionNode<unknown>[] = [];
  protected override readonly ownErrors: number = 0;
  readonly #listeners = new Set<() => void>();
  #synced = false;
  #known = false;
  #frontier: number | undefined;

  constructor(name: string, versions: SourceVersions) {
    super(name);
    this.lineage = versions === 'unique' ? { source: this, steps: [] } : undefined;
  }

  override get hasSynced(): boolean {
    return this.#synced;
  }

  get frontier(): number | undefined {
    return this.#frontier;
  }

  override originsOf(): readonly Origin[] {
    return [];
  }

  override stampOf(key: string): SourceStamp | undefined {
    const object = this.store.get(key);
    if (object === undefined) return undefined;
    return {
      version: versionNumber(object.metadata?.resourceVersion),
      uid: object.metadata?.uid,
      apiVersion: object.apiVersion,
      kind: object.kind,
    };
  }

  onSettled(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  abstract override sources(): SourceStatus[];

  /**
   * The complete state at `version`, in one tick; the frontier becomes `version`.
   * @throws RangeError for a state older than the frontier: it would lead those who have read further past events
   */
  protected replaceAll(objects: Iterable<T>, version: number | undefined): void {
    const next = new Map<string, T>();
    for (const object of objects) next.set(keyOf(object), object);
    scheduler.write(() => {
      const from = this.#frontier;
      if (version !== undefined && from !== undefined && version < from) {
        throw new RangeError(`${this.name}: a state at version ${version} is older than ${from}, which has been read`);
      }
      const deltas = this.store.replace(next);
      this.#advance(version);
      const first = !this.#known;
      this.#synced = true;
      this.#known = true;
      if (first) this.#emit(this.snapshot().changes, { type: 'SNAPSHOT' });
      else this.#emit(deltas, { type: 'RELIST', from, version, ...recreatedIn(deltas) });
    });
  }

  /** One event. The frontier becomes the event's version. */
  protected applyEvent(event: SourceEvent<T>): void {
    scheduler.write(() => {
      const key = keyOf(event.object);
      const delta = event.type === 'DELETED' ? this.store.delete(key, event.object) : this.store.put(key, event.object);
      this.#advance(event.version);
      const deltas = delta === undefined ? [] : [delta];
      this.#emit(deltas, { type: 'EVENT', version: event.version, ...recreatedIn(deltas) });
    });
  }

  /** Nothing up to `version` is missing (a bookmark). */
  protected advance(version: number): void {
    scheduler.write(() => {
      this.#advance(version);
      this.#settle();
    });
  }

  /** What this source lists has ceased to exist: its objects go, and it is not synced until the next {@link replaceAll}. */
  protected removeAll(): void {
    scheduler.write(() => {
      if (!this.#known) return;
      this.#synced = false;
      this.#emit(this.store.replace(new Map()), { type: 'GONE' });
    });
  }

  /** Forgets everything without telling: nobody is there to be told. The frontier stays, it never goes back. */
  protected forget(): void {
    this.store.clear();
    this.#synced = false;
    this.#known = false;
  }

  #advance(version: number | undefined): void {
    if (version !== undefined && (this.#frontier === undefined || version > this.#frontier)) this.#frontier = version;
  }

  #emit(deltas: readonly Delta<T>[], cause: Cause): void {
    if (deltas.length > 0 || cause.type !== 'EVENT') this.emit(deltas, cause);
    this.#settle();
  }

  #settle(): void {
    // Each by itself: what one throws must not keep the others from being told.
    for (const listener of this.#listeners) scheduler.settle(listener);
  }
}

/** See `recreated` of {@link Cause}. For collections at the head of a graph. */
export function recreatedIn(deltas: readonly Delta<SourceObject>[]): { readonly recreated?: readonly string[] } {
  const keys: string[] = [];
  for (const delta of deltas) {
    if (delta.type === 'MODIFIED' && delta.object.metadata?.uid !== delta.old.metadata?.uid) keys.push(delta.key);
  }
  return keys.length === 0 ? {} : { recreated: keys };
}

/** A resource version as a number; undefined where it is none that compares (KEP-5504). */
export function versionNumber(version: string | undefined): number | undefined {
  if (version === undefined || !/^[1-9][0-9]{0,15}$/.test(version)) return undefined;
  const number = Number(version);
  return Number.isSafeInteger(number) ? number : undefined;
}
