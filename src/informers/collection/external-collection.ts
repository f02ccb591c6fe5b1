/**
 * A collection that is made from an observable of batches. It leads the batches of an RxJS pipeline back into the graph.
 *
 * ```
 *   idle ──first subscriber──► waiting ──SNAPSHOT──► synced ──GONE──► unsynced ──RELIST, SNAPSHOT──► synced
 *     ▲                                                │
 *     │     a missing or invalid batch, an error, completion: failed (the objects stay, not synced)
 *     └─────────────────────────── last subscriber unsubscribes ───────────────────────────────────────┘
 * ```
 * State: a reference to each object. Cost: the changes of a batch. Each batch is a separate tick.
 * @module
 */
import type { Observable, Subscription } from 'rxjs';
import { type Clock, systemClock } from '../../clock.ts';
import type { CollectionNode } from './collection-node.ts';
import type { Collection, Origin } from './collection.ts';
import { type Cause, type Delta, DeltaBatch, mustEmit, sequenceProblem } from './delta.ts';
import { pipeline } from './derived-collection.ts';
import { PipelineError, reasonOf, type RowError } from './errors.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import { LiveCollection } from './live-collection.ts';
import { scheduler } from './scheduler.ts';
import { recreatedIn, type SourceObject } from './source-collection.ts';
import { presentVersion } from './source-version.ts';
import type { SourceStatus } from './source-status.ts';

/** The state of a collection that has not failed. */
type State = 'waiting' | 'synced' | 'unsynced';

const NO_ERRORS: ReadonlyMap<string, RowError> = new Map();

/** See the top of this file. Users make one with `fromDeltas`. */
export class ExternalCollection<T> extends LiveCollection<T> {
  override readonly lineage: Lineage | undefined = undefined;
  override readonly pipe: Collection<T>['pipe'] = pipeline<T>(this);
  override readonly errors: ReadonlyMap<string, RowError> = NO_ERRORS;
  override readonly height: number = 0;
  override readonly inputs: readonly CollectionNode<unknown>[] = [];
  protected override readonly ownErrors: number = 0;
  readonly #batches$: Observable<DeltaBatch<T>>;
  readonly #clock: Clock;
  #subscription: Subscription | undefined;
  /** The number of the current subscription. A batch that waits for its tick may belong to an earlier one. */
  #run = 0;
  #state: State = 'waiting';
  /** The number of the last batch that was applied. */
  #last = 0;
  /** Whether the collection has emitted its SNAPSHOT since it began to run. */
  #hasEmittedSnapshot = false;
  #failure: PipelineError | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number;

  constructor(name: string, batches$: Observable<DeltaBatch<T>>, clock: Clock = systemClock) {
    super(name);
    this.#batches$ = batches$;
    this.#clock = clock;
    this.#unsyncedSince = clock.now();
  }

  override get hasSynced(): boolean {
    return this.#state === 'synced' && this.#failure === undefined;
  }

  override get failure(): PipelineError | undefined {
    return this.#failure;
  }

  override originsOf(): readonly Origin[] {
    return [];
  }

  /** The stamp of an object that still has the metadata of a cluster; undefined for other objects. */
  override stampOf(key: string): SourceStamp | undefined {
    const object: SourceObject | undefined = withName(this.store.get(key));
    const { uid, resourceVersion } = object?.metadata ?? {};
    if (uid === undefined) return undefined;
    return {
      version: presentVersion(resourceVersion),
      uid,
      apiVersion: object?.apiVersion,
      kind: object?.kind,
      metadata: object?.metadata,
    };
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.#hasEmittedSnapshot && this.#failure === undefined,
        message: this.#message(),
        cause: this.#failure === undefined ? (this.#state === 'unsynced' ? 'GONE' : undefined) : 'PipelineError',
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.#run += 1;
    const run = this.#run;
    const inTick = (step: () => void): void =>
      scheduler.write(() => {
        if (run === this.#run && this.#failure === undefined) step();
      });
    this.#unsyncedSince = this.#clock.now();
    this.#subscription = this.#batches$.subscribe({
      next: (batch) => inTick(() => this.#receive(batch)),
      error: (error: unknown) => inTick(() => this.#fail(`the observable failed: ${reasonOf(error)}`, error)),
      complete: () => inTick(() => this.#fail('the observable has completed; it must never complete')),
    });
  }

  protected override stop(): void {
    this.#run += 1;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#state = 'waiting';
    this.#hasEmittedSnapshot = false;
    this.#failure = undefined;
    this.#unsyncedSince = this.#clock.now();
    this.store.clear();
  }

  #receive(batch: DeltaBatch<T>): void {
    const problem = this.#problemOf(batch);
    if (problem !== undefined) {
      this.#fail(problem);
      return;
    }
    const before = this.hasSynced;
    const { cause } = batch;
    const deltas = this.#apply(batch);
    this.#last = batch.span.last;
    this.#lastActivity = this.#clock.now();
    if (cause.type === 'SNAPSHOT' || cause.type === 'RELIST') this.#state = 'synced';
    else if (cause.type === 'GONE') this.#state = 'unsynced';
    if (before && !this.hasSynced) this.#unsyncedSince = this.#lastActivity;
    if (before !== this.hasSynced) this.reportStatus();
    this.#emitChanges(deltas, cause);
  }

  #emitChanges(deltas: readonly Delta<T>[], causeOfBatch: Cause): void {
    if (!this.#hasEmittedSnapshot) {
      if (!this.hasSynced) return;
      this.#hasEmittedSnapshot = true;
      this.emit(this.snapshot().changes, { type: 'SNAPSHOT' });
      return;
    }
    const cause = withRecreated(causeOfBatch, deltas);
    if (deltas.length > 0 || mustEmit(cause)) this.emit(deltas, cause);
  }

  #apply({ changes, cause }: DeltaBatch<T>): Delta<T>[] {
    const last = new Map(changes.map((delta) => [delta.key, delta]));
    if (cause.type === 'SNAPSHOT')
      return this.store.replace(new Map(Array.from(last, ([key, { object }]) => [key, object])));
    return Array.from(last.values()).flatMap(
      ({ type, key, object }) =>
        (type === 'DELETED' ? this.store.delete(key, object) : this.store.put(key, object)) ?? [],
    );
  }

  /** Returns why a batch is invalid; undefined if it is valid. */
  #problemOf(batch: DeltaBatch<T>): string | undefined {
    if (!(batch instanceof DeltaBatch)) return notABatch(batch);
    const { cause, changes, span } = batch;
    if (this.#state === 'waiting') {
      // If a source was removed while its first state was buffered, the merged batch has the cause GONE, and is a complete state too.
      const isComplete =
        cause.type === 'SNAPSHOT' || (cause.type === 'GONE' && changes.every(({ type }) => type === 'ADDED'));
      if (!isComplete) {
        return `the cause of the first batch is ${cause.type}; the observable must begin with the SNAPSHOT of deltas$`;
      }
    } else if (cause.type !== 'SNAPSHOT') {
      const problem = sequenceProblem(this.#last, span);
      if (problem !== undefined) return problem;
    }
    for (const delta of changes) {
      const problem = problemOfDelta(delta);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #fail(message: string, cause?: unknown): void {
    const before = this.hasSynced;
    this.#failure = new PipelineError(this.name, message, cause);
    this.#subscription?.unsubscribe();
    this.reportStatus();
    if (!before) return;
    this.#unsyncedSince = this.#clock.now();
    this.emit([], { type: 'WRITE' });
  }

  #message(): string | undefined {
    if (!this.connected) return 'not running: it has no subscriber';
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#state === 'waiting') return 'the first batch has not arrived';
    return this.#state === 'unsynced' ? 'its source no longer exists' : undefined;
  }
}

function notABatch(value: unknown): string {
  if (Array.isArray(value)) return 'the observable emitted an array; merge its batches into one with DeltaBatch.merge';
  return `the observable emitted ${value === null ? 'null' : `a value of type ${typeof value}`}; it must emit batches of deltas$`;
}

/** Returns why a delta is invalid; undefined if it is valid. Users can make deltas in JavaScript, where types are not checked. */
function problemOfDelta(delta: Partial<Delta<unknown>> | undefined | null): string | undefined {
  if (typeof delta !== 'object' || delta === null) return `a delta is ${String(delta)}, not an object`;
  const { type, key, object } = delta;
  if (typeof key !== 'string' || key === '') return 'a delta has no key';
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')
    return `the delta of ${key} is of type ${String(type)}`;
  return object === undefined || object === null ? `the delta of ${key} has no object` : undefined;
}

/** Returns the object if it has a name; otherwise undefined. */
function withName(object: unknown): SourceObject | undefined {
  if (typeof object !== 'object' || object === null || !('metadata' in object)) return undefined;
  const { name } = (object as SourceObject).metadata ?? {};
  return typeof name === 'string' && name !== '' ? (object as SourceObject) : undefined;
}

/** Returns the cause with the recreated keys. A later SNAPSHOT becomes a RELIST, because only the difference is emitted. */
function withRecreated(cause: Cause, deltas: readonly Delta<unknown>[]): Cause {
  if (cause.type === 'GONE') return cause;
  const bare: Exclude<Cause, { readonly type: 'GONE' | 'SNAPSHOT' }> =
    cause.type === 'SNAPSHOT' ? { type: 'RELIST', from: undefined, version: undefined } : cause;
  const others = recreatedIn(
    deltas.filter((delta): delta is Delta<SourceObject> => withName(delta.object) !== undefined),
  );
  const recreated = new Set([...(bare.recreated ?? []), ...(others.recreated ?? [])]);
  return recreated.size === 0 ? bare : { ...bare, recreated: [...recreated] };
}
