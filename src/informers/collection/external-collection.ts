/**
 * A collection that is fed with batches from outside the graph: the way back from RxJS.
 *
 * ```
 *   idle ──first subscriber──► waiting ──SNAPSHOT──► synced ──GONE──► unsynced ──RELIST, SNAPSHOT──► synced
 *     ▲                                                │
 *     │            a batch missing, nonsense, an error, the end: failed (rows stay as they are, unsynced)
 *     └──────────────────────────────── last subscriber went ──────────────────────────────────────────┘
 * ```
 * State: a reference to each object. Cost: the changes of a batch; each batch is a tick of its own.
 * @module
 */
import type { Observable, Subscription } from 'rxjs';
import { type Clock, systemClock } from '../../clock.ts';
import type { CollectionNode } from './collection-node.ts';
import type { Collection } from './collection.ts';
import { type Cause, type Delta, DeltaBatch, isNewsByItself, sequenceFault } from './delta.ts';
import { pipeline } from './derived-collection.ts';
import { PipelineError, reasonOf, type RowError } from './errors.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import { LiveCollection } from './live-collection.ts';
import type { Origin } from './collection.ts';
import { scheduler } from './scheduler.ts';
import { recreatedIn, type SourceObject, versionNumber } from './source-collection.ts';
import type { SourceStatus } from './source-status.ts';

/** What a batch without a failure leads to. */
type State = 'waiting' | 'synced' | 'unsynced';

const NO_ERRORS: ReadonlyMap<string, RowError> = new Map();

/** See the top of this file. For users there is `fromDeltas`. */
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
  /** Which subscription is the present one: what waits for its tick may be of one before. */
  #life = 0;
  #state: State = 'waiting';
  #last = 0;
  #announced = false;
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

  /** Objects that came from a cluster as they are say whose identity they have; of others nobody knows. */
  override stampOf(key: string): SourceStamp | undefined {
    const object: SourceObject | undefined = named(this.store.get(key));
    const { uid, resourceVersion } = object?.metadata ?? {};
    if (uid === undefined) return undefined;
    return { version: versionNumber(resourceVersion), uid, apiVersion: object?.apiVersion, kind: object?.kind };
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced,
        message: this.#trouble(),
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    this.#life += 1;
    const life = this.#life;
    const inTick = (step: () => void): void =>
      scheduler.write(() => {
        if (life === this.#life && this.#failure === undefined) step();
      });
    this.#unsyncedSince = this.#clock.now();
    this.#subscription = this.#batches$.subscribe({
      next: (batch) => inTick(() => this.#take(batch)),
      error: (error: unknown) => inTick(() => this.#fail(`the observable failed: ${reasonOf(error)}`, error)),
      complete: () => inTick(() => this.#fail('the observable has completed; it must go on for ever')),
    });
  }

  protected override stop(): void {
    this.#life += 1;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
    this.#state = 'waiting';
    this.#announced = false;
    this.#failure = undefined;
    this.#unsyncedSince = this.#clock.now();
    this.store.clear();
  }

  #take(batch: DeltaBatch<T>): void {
    const fault = this.#faultOf(batch);
    if (fault !== undefined) {
      this.#fail(fault);
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
    this.#tell(deltas, cause);
  }

  /** What turns `hasSynced` is news by itself. */
  #tell(deltas: readonly Delta<T>[], given: Cause): void {
    if (!this.#announced) {
      if (!this.hasSynced) return;
      this.#announced = true;
      this.emit(this.snapshot().changes, { type: 'SNAPSHOT' });
      return;
    }
    const cause = withRecreated(given, deltas);
    if (deltas.length > 0 || isNewsByItself(cause)) this.emit(deltas, cause);
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

  /** What keeps a batch from being taken. */
  #faultOf(batch: DeltaBatch<T>): string | undefined {
    if (!(batch instanceof DeltaBatch)) return notABatch(batch);
    const { cause, changes, span } = batch;
    if (this.#state === 'waiting') {
      // A source that ceased to exist while its first state was buffered: that there is nothing is known.
      const isComplete =
        cause.type === 'SNAPSHOT' || (cause.type === 'GONE' && changes.every(({ type }) => type === 'ADDED'));
      if (!isComplete) {
        return `the first batch is of cause ${cause.type}, not a SNAPSHOT; the observable must begin with that of deltas$`;
      }
    } else if (cause.type !== 'SNAPSHOT') {
      const fault = sequenceFault(this.#last, span);
      if (fault !== undefined) return fault;
    }
    for (const delta of changes) {
      const fault = deltaFault(delta);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  #fail(message: string, cause?: unknown): void {
    const before = this.hasSynced;
    this.#failure = new PipelineError(this.name, message, cause);
    this.#subscription?.unsubscribe();
    if (!before) return;
    this.#unsyncedSince = this.#clock.now();
    this.emit([], { type: 'WRITE' });
  }

  #trouble(): string | undefined {
    if (!this.connected) return 'not running: nobody has subscribed';
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#state === 'waiting') return 'the first batch has not arrived';
    return this.#state === 'unsynced' ? 'its source has ceased to exist' : undefined;
  }
}

function notABatch(given: unknown): string {
  if (Array.isArray(given)) return 'the observable gave an array; make one batch of those in it, with DeltaBatch.merge';
  return `the observable gave ${given === null ? 'null' : `a value of type ${typeof given}`}; it must give batches of deltas$`;
}

/** Deltas may have been written by hand, by who does without types too. */
function deltaFault(delta: Partial<Delta<unknown>> | undefined | null): string | undefined {
  if (typeof delta !== 'object' || delta === null) return `a delta is ${String(delta)}, not an object`;
  const { type, key, object } = delta;
  if (typeof key !== 'string' || key === '') return 'a delta has no key';
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED')
    return `the delta of ${key} is of type ${String(type)}`;
  return object === undefined || object === null ? `the delta of ${key} has no object` : undefined;
}

/** An object that has a name. */
function named(object: unknown): SourceObject | undefined {
  if (typeof object !== 'object' || object === null || !('metadata' in object)) return undefined;
  const { name } = (object as SourceObject).metadata ?? {};
  return typeof name === 'string' && name !== '' ? (object as SourceObject) : undefined;
}

/** A second complete state is told as the difference. */
function withRecreated(cause: Cause, deltas: readonly Delta<unknown>[]): Cause {
  if (cause.type === 'GONE') return cause;
  const bare: Exclude<Cause, { readonly type: 'GONE' | 'SNAPSHOT' }> =
    cause.type === 'SNAPSHOT' ? { type: 'RELIST', from: undefined, version: undefined } : cause;
  const others = recreatedIn(deltas.filter((delta): delta is Delta<SourceObject> => named(delta.object) !== undefined));
  const recreated = new Set([...(bare.recreated ?? []), ...(others.recreated ?? [])]);
  return recreated.size === 0 ? bare : { ...bare, recreated: [...recreated] };
}
