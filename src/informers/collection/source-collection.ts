/**
 * A source: a collection without inputs, at the start of the graph. Informers, stores and fakes are sources.
 *
 * Each write is one tick and changes the objects and the frontier together, so that readers never see half of a list.
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
import { guardedRow } from './purity.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';
import { isNewer, isOlder, presentVersion } from './source-version.ts';

/** The fields that a source reads from its objects. */
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
 * The kind of versions that a source has.
 * - `unique`: a different one for each event. Views over the source can have scheme `upstream`, if the versions are numbers below 2^43.
 * - `repeated`: several events may have the same one (`events`, which expire by lease).
 * - `none`: no versions (a polled source).
 */
export type SourceVersions = 'unique' | 'repeated' | 'none';

/** One event of a source. */
export interface SourceEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  /** The version of the event. For DELETED, the version of the deletion. */
  readonly version: string | undefined;
}

const NO_ERRORS: ReadonlyMap<string, RowError> = new Map();

/** The base class of sources. Only subclasses write to it; readers see a {@link Collection}. */
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
  #hasBeenSynced = false;
  #frontier: string | undefined;
  /** See {@link dropVersions}. */
  #isVersionless = false;

  constructor(name: string, versions: SourceVersions) {
    super(name);
    this.lineage = versions === 'unique' ? { source: this, steps: [] } : undefined;
  }

  override get hasSynced(): boolean {
    return this.#synced;
  }

  /** Whether a complete state was read since the source began to run. It stays true while the resource does not exist. */
  protected get hasBeenSynced(): boolean {
    return this.#hasBeenSynced;
  }

  get frontier(): string | undefined {
    return this.#isVersionless ? undefined : this.#frontier;
  }

  /** The highest version that was read, also of a source that counts as one without versions. */
  protected get reached(): string | undefined {
    return this.#frontier;
  }

  override originsOf(): readonly Origin[] {
    return [];
  }

  override stampOf(key: string): SourceStamp | undefined {
    const object = this.store.get(key);
    if (object === undefined) return undefined;
    return {
      version: presentVersion(object.metadata?.resourceVersion),
      uid: object.metadata?.uid,
      apiVersion: object.apiVersion,
      kind: object.kind,
      metadata: object.metadata,
    };
  }

  onSettled(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  abstract override sources(): SourceStatus[];

  /**
   * Replaces all objects by the complete state at `version`, in one tick. The frontier becomes `version`.
   * @param restored whether upstream was restored from a backup: the state belongs to another history, so it may be older than the frontier
   * @throws RangeError if the state is older than the frontier: watchers have already received newer events
   */
  protected replaceAll(objects: Iterable<T>, version: string | undefined, { restored = false } = {}): void {
    const next = new Map<string, T>();
    for (const object of objects) next.set(keyOf(object), guardedRow(object));
    scheduler.write(() => {
      const from = this.#frontier;
      if (!restored && version !== undefined && from !== undefined && isOlder(version, from)) {
        throw new RangeError(
          `${this.name}: the state at version ${version} is older than ${from}, the version that was read before`,
        );
      }
      const deltas = this.store.replace(next);
      if (restored) this.#frontier = version;
      this.#advance(version);
      const first = !this.#hasBeenSynced;
      const wasSynced = this.#synced;
      this.#synced = true;
      this.#hasBeenSynced = true;
      if (first) this.#emit(this.snapshot().changes, { type: 'SNAPSHOT' });
      else {
        const changed = { ...recreatedIn(deltas), ...updatedIn(deltas) };
        this.#emit(deltas, { type: 'RELIST', from, version, ...changed, ...(restored ? { restored } : {}) });
      }
      if (!wasSynced) this.reportStatus();
    });
  }

  /** Applies one event. The frontier becomes its version. */
  protected applyEvent(event: SourceEvent<T>): void {
    scheduler.write(() => {
      const key = keyOf(event.object);
      const object = guardedRow(event.object);
      const delta = event.type === 'DELETED' ? this.store.delete(key, object) : this.store.put(key, object);
      this.#advance(event.version);
      const deltas = delta === undefined ? [] : [delta];
      this.#emit(deltas, { type: 'EVENT', version: event.version, ...recreatedIn(deltas) });
    });
  }

  /** Moves the frontier to `version`: all events up to it have been applied (a bookmark). */
  protected advance(version: string): void {
    scheduler.write(() => {
      this.#advance(version);
      this.#settle();
    });
  }

  /**
   * From now on the source counts as one without versions, because it is polled and was never watched. Each poll skips a span whose events are
   * unknown, so views over it must have scheme `local`.
   */
  protected dropVersions(): void {
    if (this.#isVersionless) return;
    scheduler.write(() => {
      this.#isVersionless = true;
      this.#settle();
    });
  }

  /** Removes all objects because the resource no longer exists. The source is not synced until the next {@link replaceAll}. */
  protected removeAll(): void {
    scheduler.write(() => {
      if (!this.#hasBeenSynced) return;
      this.#synced = false;
      this.#emit(this.store.replace(new Map()), { type: 'GONE' });
      this.reportStatus();
    });
  }

  /** Removes all objects when there are no subscribers. The frontier stays, because it never decreases. */
  protected forget(): void {
    this.store.clear();
    this.#synced = false;
    this.#hasBeenSynced = false;
  }

  #advance(version: string | undefined): void {
    if (version !== undefined && (this.#frontier === undefined || isNewer(version, this.#frontier)))
      this.#frontier = version;
  }

  #emit(deltas: readonly Delta<T>[], cause: Cause): void {
    if (deltas.length > 0 || cause.type !== 'EVENT') this.emit(deltas, cause);
    this.#settle();
  }

  #settle(): void {
    // Each listener is called separately, so that an error of one does not affect the others.
    for (const listener of this.#listeners) scheduler.settle(listener);
  }
}

/** Returns `recreated` of {@link Cause} for the changes of a source. */
export function recreatedIn(deltas: readonly Delta<SourceObject>[]): { readonly recreated?: readonly string[] } {
  const keys: string[] = [];
  for (const delta of deltas) {
    if (delta.type === 'MODIFIED' && delta.object.metadata?.uid !== delta.old.metadata?.uid) keys.push(delta.key);
  }
  return keys.length === 0 ? {} : { recreated: keys };
}

/** Returns `updated` of {@link Cause} for the changes of a relist. */
function updatedIn(deltas: readonly Delta<SourceObject>[]): { readonly updated?: readonly string[] } {
  const keys: string[] = [];
  for (const delta of deltas) {
    const isUpdated =
      delta.type === 'MODIFIED' && delta.object.metadata?.resourceVersion !== delta.old.metadata?.resourceVersion;
    if (isUpdated) keys.push(delta.key);
  }
  return keys.length === 0 ? {} : { updated: keys };
}
