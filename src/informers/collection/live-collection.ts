/**
 * What sources and derived collections have in common: a store, subscribers, and a life that begins with the first subscriber and
 * ends with the last.
 * @module
 */
import { Observable, type Subscriber } from 'rxjs';
import { type CollectionNode, type CollectionStatistics, NODE } from './collection-node.ts';
import type { Collection, Origin } from './collection.ts';
import { type Cause, type Delta, DeltaBatch } from './delta.ts';
import { IndexError, NotConnectedError, type PipelineError, type RowError } from './errors.ts';
import type { IndexFunction } from './indexer.ts';
import type { Lineage, SourceStamp } from './lineage.ts';
import { connectingNode, type InputLink, link, type LinkableNode, outsideNodes } from './link.ts';
import { scheduler } from './scheduler.ts';
import type { SourceStatus } from './source-status.ts';
import { Store } from './store.ts';

/** A subscriber outside the graph. It gets a snapshot first: `primed` says that it has. */
interface Audience<T> {
  readonly subscriber: Subscriber<DeltaBatch<T>>;
  primed: boolean;
}

/** The base of every collection. Not for users: they have {@link Collection}. */
export abstract class LiveCollection<T> implements CollectionNode<T> {
  readonly [NODE] = true;
  readonly name: string;
  readonly deltas$: Observable<DeltaBatch<T>>;
  abstract readonly hasSynced: boolean;
  abstract readonly errors: ReadonlyMap<string, RowError>;
  abstract readonly failure: PipelineError | undefined;
  abstract readonly lineage: Lineage | undefined;
  /** See {@link TickNode}; 0 for sources. */
  abstract readonly height: number;
  protected readonly store: Store<T> = new Store<T>((index, error) => {
    // The write goes on; who wrote is told when everybody has been.
    scheduler.settle(() => {
      throw new IndexError(this.name, index, error);
    });
  });
  readonly #links = new Set<InputLink<T>>();
  readonly #audience = new Set<Audience<T>>();
  #references = 0;
  #batches = 0;
  #deltas = 0;

  constructor(name: string) {
    this.name = name;
    this.deltas$ = new Observable((subscriber) => this.#subscribe(subscriber));
  }

  /** The first subscriber came. Inside a tick. */
  protected abstract start(): void;
  /** The last subscriber went. */
  protected abstract stop(): void;
  /** Whether reading makes sense: a source that is fed from elsewhere, or anything that somebody keeps running. */
  protected abstract readonly readable: boolean;
  abstract sources(): SourceStatus[];
  abstract readonly inputs: readonly CollectionNode<unknown>[];
  abstract originsOf(key: string): readonly Origin[] | undefined;
  abstract stampOf(key: string): SourceStamp | undefined;
  /** See {@link CollectionStatistics.errors}. */
  protected abstract readonly ownErrors: number;
  abstract readonly pipe: Collection<T>['pipe'];

  /** Whether anybody keeps this collection running. */
  protected get connected(): boolean {
    return this.#references > 0;
  }

  get statistics(): CollectionStatistics {
    return {
      height: this.height,
      objects: this.store.size,
      errors: this.ownErrors,
      subscribers: this.#links.size + this.#audience.size,
      batches: this.#batches,
      deltas: this.#deltas,
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

  /** Inside a tick, after the store was changed: hands a batch to nodes now and to subscribers when all nodes have run. */
  protected emit(changes: readonly Delta<T>[], cause: Cause): void {
    this.#batches += 1;
    this.#deltas += changes.length;
    const batch = new DeltaBatch(changes, cause, { first: this.#batches, last: this.#batches });
    for (const input of this.#links) input.offer(batch);
    if (this.#audience.size > 0) scheduler.publish(() => this.#tell(batch));
  }

  /** The height has grown: all nodes that this is an input of must be higher. */
  protected liftNodes(): void {
    for (const input of this.#links) input.lift();
  }

  #tell(batch: DeltaBatch<T>): void {
    let snapshot: DeltaBatch<T> | undefined;
    for (const audience of this.#audience) {
      if (audience.primed) {
        audience.subscriber.next(batch);
      } else if (this.hasSynced) {
        audience.primed = true;
        audience.subscriber.next((snapshot ??= this.snapshot()));
      }
    }
  }

  /** Everything there is, as ADDED. */
  snapshot(): DeltaBatch<T> {
    const changes = Array.from(this.store.entries(), ([key, object]) => ({ type: 'ADDED', key, object }) as const);
    return new DeltaBatch<T>(changes, { type: 'SNAPSHOT' }, { first: this.#batches, last: this.#batches });
  }

  #subscribe(subscriber: Subscriber<DeltaBatch<T>>): () => void {
    const node = connectingNode();
    if (node !== undefined) {
      // First: a collection knows its height only when it runs.
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
    const audience: Audience<T> = { subscriber, primed: false };
    let state: 'waiting' | 'open' | 'closed' = 'waiting';
    scheduler.write(() => {
      if (state === 'closed') return;
      this.#retain();
      state = 'open';
      this.#audience.add(audience);
      if (this.hasSynced) {
        scheduler.publish(() => {
          if (audience.primed || subscriber.closed) return;
          audience.primed = true;
          subscriber.next(this.snapshot());
        });
      }
    });
    return () => {
      if (state === 'open') {
        this.#audience.delete(audience);
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
