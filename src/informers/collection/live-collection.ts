/**
 * The base class of all collections: a store and its subscribers. A collection starts with its first subscriber and stops with its last
 * one.
 * @module
 */
import { Observable, type Subscriber } from 'rxjs';
import {
  type CollectionNode,
  type CollectionStatistics,
  type CollectionStep,
  NODE,
  type SourceResource,
} from './collection-node.ts';
import type { Collection, Origin } from './collection.ts';
import { type Cause, type Delta, DeltaBatch } from './delta.ts';
import { IndexError, NotConnectedError, type PipelineError, type RowError } from './errors.ts';
import type { IndexFunction } from './indexer.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import { connectingNode, type InputLink, link, type LinkableNode, outsideNodes } from './link.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';
import { ObjectCache } from './object-cache.ts';

/** A subscriber outside the graph. */
interface OuterSubscriber<T> {
  readonly subscriber: Subscriber<DeltaBatch<T>>;
  /** Whether it has received its SNAPSHOT. */
  primed: boolean;
}

/** The base class of all collections. Users see it as a {@link Collection}. */
export abstract class LiveCollection<T> implements CollectionNode<T> {
  readonly [NODE] = true;
  readonly name: string;
  readonly deltas$: Observable<DeltaBatch<T>>;
  abstract readonly hasSynced: boolean;
  abstract readonly errors: ReadonlyMap<string, RowError>;
  abstract readonly failure: PipelineError | undefined;
  abstract readonly lineage: Lineage | undefined;
  abstract readonly height: number;
  get step(): CollectionStep | undefined {
    return undefined;
  }

  get resource(): SourceResource | undefined {
    return undefined;
  }

  protected readonly store: ObjectCache<T> = new ObjectCache<T>((index, error) => {
    // The write succeeds. The error is thrown to the writer after all subscribers have received the change.
    scheduler.settle(() => {
      throw new IndexError(this.name, index, error);
    });
  });
  readonly #links = new Set<InputLink<T>>();
  readonly #subscribers = new Set<OuterSubscriber<T>>();
  readonly #errorListeners = new Set<(error: RowError) => void>();
  readonly #statusListeners = new Set<() => void>();
  #references = 0;
  #batches = 0;
  #deltas = 0;

  constructor(name: string) {
    this.name = name;
    this.deltas$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  /** Called inside a tick when the first subscriber subscribes. */
  protected abstract start(): void;
  /** Called when the last subscriber unsubscribes. */
  protected abstract stop(): void;
  /** Whether the collection can be read: it runs, or its content does not depend on running. */
  protected abstract readonly readable: boolean;
  abstract sources(): SourceStatus[];
  abstract readonly inputs: readonly CollectionNode<unknown>[];
  abstract originsOf(key: string): readonly Origin[] | undefined;
  abstract stampOf(key: string): SourceStamp | undefined;
  /** See {@link CollectionStatistics.errors}. */
  protected abstract readonly ownErrors: number;
  /** See {@link CollectionStatistics.milliseconds}. */
  protected ownMilliseconds = 0;
  abstract readonly pipe: Collection<T>['pipe'];

  /** Whether the collection has a subscriber. */
  protected get connected(): boolean {
    return this.#references > 0;
  }

  get statistics(): CollectionStatistics {
    return {
      height: this.height,
      objects: this.store.size,
      errors: this.ownErrors,
      subscribers: this.#links.size + this.#subscribers.size,
      batches: this.#batches,
      deltas: this.#deltas,
      milliseconds: this.ownMilliseconds,
    };
  }

  get size(): number {
    this.#requireReadable();
    return this.store.size;
  }

  get(key: string): T | undefined {
    this.#requireReadable();
    return this.store.get(key);
  }

  list(): T[] {
    this.#requireReadable();
    return this.store.list();
  }

  entries(): Iterable<readonly [string, T]> {
    this.#requireReadable();
    return this.store.entries();
  }

  addIndex(name: string, values: IndexFunction<T>): void {
    this.store.addIndex(name, values);
  }

  byIndex(name: string, value: string): T[] {
    this.#requireReadable();
    return this.store.byIndex(name, value);
  }

  onRowError(listener: (error: RowError) => void): () => void {
    this.#errorListeners.add(listener);
    return () => this.#errorListeners.delete(listener);
  }

  onStatus(listener: () => void): () => void {
    this.#statusListeners.add(listener);
    return () => this.#statusListeners.delete(listener);
  }

  /** Notifies the listeners of the status. Subclasses call it, as `onStatus` of {@link CollectionNode} promises. */
  protected reportStatus(): void {
    for (const listener of this.#statusListeners) listener();
  }

  /** Reports an error of this collection, or of one that it is derived from, to its listeners and to the collections that it feeds. */
  reportError(error: RowError): void {
    for (const listener of this.#errorListeners) listener(error);
    for (const input of this.#links) input.reportError(error);
  }

  /** Emits a batch, inside a tick, after the store was changed. Nodes receive it now, other subscribers after all nodes have run. */
  protected emit(changes: readonly Delta<T>[], cause: Cause): void {
    this.#batches += 1;
    this.#deltas += changes.length;
    const batch = new DeltaBatch(changes, cause, { first: this.#batches, last: this.#batches });
    for (const input of this.#links) input.offer(batch);
    if (this.#subscribers.size > 0) scheduler.publish(() => this.#notify(batch));
  }

  /** Called when the height has increased: raises the nodes that have this collection as an input. */
  protected liftNodes(): void {
    for (const input of this.#links) input.lift();
  }

  #notify(batch: DeltaBatch<T>): void {
    let snapshot: DeltaBatch<T> | undefined;
    for (const outer of this.#subscribers) {
      if (outer.primed) {
        outer.subscriber.next(batch);
      } else if (this.hasSynced) {
        outer.primed = true;
        outer.subscriber.next((snapshot ??= this.snapshot()));
      }
    }
  }

  /** Returns a SNAPSHOT batch: all objects, as ADDED. */
  snapshot(): DeltaBatch<T> {
    const changes = Array.from(this.store.entries(), ([key, object]) => ({ type: 'ADDED', key, object }) as const);
    return new DeltaBatch<T>(changes, { type: 'SNAPSHOT' }, { first: this.#batches, last: this.#batches });
  }

  /** Adds a subscriber. A node that connects or runs now gets a link; any other subscriber is outside the graph. */
  #subscribe(subscriber: Subscriber<DeltaBatch<T>>): () => void {
    const node = connectingNode();
    return node === undefined ? this.#addOuter(subscriber) : this.#addLink(node, subscriber);
  }

  #addLink(node: LinkableNode, subscriber: Subscriber<DeltaBatch<T>>): () => void {
    // Start before linking: the height of a collection is known only when it runs.
    this.#retain();
    const input = this.#linkTo(node, subscriber);
    this.#links.add(input);
    if (this.hasSynced) input.offer(this.snapshot());
    return () => {
      this.#links.delete(input);
      input.close();
      this.#release();
    };
  }

  /** The subscription may have to wait for the end of the current tick. Until then, the collection does not start. */
  #addOuter(subscriber: Subscriber<DeltaBatch<T>>): () => void {
    const outer: OuterSubscriber<T> = { subscriber, primed: false };
    let state: 'waiting' | 'open' | 'closed' = 'waiting';
    scheduler.write(() => {
      if (state === 'closed') return;
      this.#retain();
      state = 'open';
      this.#subscribers.add(outer);
      if (this.hasSynced) {
        scheduler.publish(() => {
          if (outer.primed || subscriber.closed) return;
          outer.primed = true;
          subscriber.next(this.snapshot());
        });
      }
    });
    return () => {
      if (state === 'open') {
        this.#subscribers.delete(outer);
        this.#release();
      }
      state = 'closed';
    };
  }

  #linkTo(node: LinkableNode, subscriber: Subscriber<DeltaBatch<T>>): InputLink<T> {
    try {
      return link<T>(this, node, subscriber);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  #retain(): void {
    this.#references += 1;
    if (this.#references > 1) return;
    try {
      outsideNodes(() => this.start());
    } catch (error) {
      this.#references -= 1;
      throw error;
    }
  }

  #release(): void {
    this.#references -= 1;
    if (this.#references === 0) this.stop();
  }

  #requireReadable(): void {
    if (!this.readable) throw new NotConnectedError(this.name);
  }
}
