/**
 * The informer of one source of a cluster, shared by all its subscribers.
 *
 * ```
 *   idle ──first subscriber──► reading ──complete state of each part──► synced ──last subscriber unsubscribes──► idle
 * ```
 *
 * It begins to list and watch with its first subscriber. When the last one unsubscribes, it stops and drops its objects.
 * A source that is limited to several namespaces has one reflector for each namespace (a *part*), so it needs no permission for the whole
 * cluster. It has synced when all parts have synced.
 *
 * A source with several parts has no versions (`none`), and views over it have scheme `local`. The frontiers of its parts differ, so no
 * version means "all changes up to here were applied". A source of one namespace has one part and therefore versions.
 *
 * An optional source that does not exist counts as empty, so that joins with it have rows. Nothing is known about the objects of a source
 * that is forbidden, so it has not synced.
 * @module
 */
import type { SourceResource } from './collection/collection-node.ts';
import type { Collection } from './collection/collection.ts';
import { LinkedAbort } from '../abort.ts';
import type { Clock } from '../clock.ts';
import { keyOf } from '../key.ts';
import { SourceCollection, type SourceEvent, type SourceObject } from './collection/source-collection.ts';
import type { SourceStatus } from './collection/source-status.ts';
import type { ListWatch } from './list-watch.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import type { ReflectorSink } from './reflector-sink.ts';
import type { LadderStep, ReflectorMetrics } from './collection/source-metrics.ts';
import { sumMetrics } from './reflector-counters.ts';

/** Options of a {@link SharedInformer}. */
export interface SharedInformerOptions<T> extends Omit<
  ReflectorOptions<T>,
  'listWatch' | 'sink' | 'notOlderThan' | 'onStatus'
> {
  /** The name for messages: `pods`, `deployments.apps`. */
  readonly name: string;
  /** The resource that the informer reads. */
  readonly resource?: SourceResource | undefined;
  /** One for each part: the whole cluster, or each namespace. At least one. Their objects must not overlap. */
  readonly listWatches: readonly ListWatch<T>[];
  readonly clock: Clock;
  readonly random: () => number;
  /** An abort stops all requests. Subscribers keep the objects that were read so far. */
  readonly signal?: AbortSignal | undefined;
}

/** The version of an optional resource that has never existed: nothing existed at the first version of a cluster. */
const FIRST_VERSION = '1';

/** A part of the source. */
interface Part<T> {
  readonly name: string;
  readonly reflector: Reflector<T & SourceObject>;
  /** The objects of the part until the source has synced. Undefined before the first complete state of the part, and after the sync. */
  pending: Map<string, T> | undefined;
  /** The keys of the part's objects in the store, after the sync. Not used if the source has one part. */
  keys: Set<string>;
}

/** The public interface of an informer: a collection, with counters of its requests. */
export interface Informer<T> extends Collection<T> {
  /** Counts of lists, watches, events and failures since the informer was created. */
  readonly metrics: ReflectorMetrics;
}

/** The collection of the objects of one source, see the top of this file. */
export class SharedInformer<T extends SourceObject> extends SourceCollection<T> implements Informer<T> {
  readonly #options: SharedInformerOptions<T>;
  /** Whether the source has one part, so that its frontier is that of the part. */
  readonly #versioned: boolean;
  #parts: Part<T>[] = [];
  /** The metrics of reflectors that have ended. */
  #past: ReflectorMetrics[] = [];
  #lifetime: LinkedAbort | undefined;
  #unsyncedSince: number;

  constructor(options: SharedInformerOptions<T>) {
    const several = options.listWatches.length > 1;
    super(options.name, several ? 'none' : (options.versions ?? 'unique'));
    this.#options = options;
    this.#versioned = !several;
    this.#unsyncedSince = options.clock.now();
  }

  override get resource(): SourceResource | undefined {
    return this.#options.resource;
  }

  /** Whether the informer has subscribers and so keeps running. */
  get running(): boolean {
    return this.connected;
  }

  /** The sum of the counters of all its reflectors since the informer was made. */
  get metrics(): ReflectorMetrics {
    return sumMetrics([...this.#past, ...this.#parts.map((part) => part.reflector.metrics)]);
  }

  get ladderSteps(): readonly LadderStep[] {
    return this.#parts.map(({ reflector }) => reflector.step);
  }

  /** Returns whether upstream has reached a version; see `VersionedSource.hasReached`. */
  async hasReached(version: string): Promise<boolean> {
    const [part] = this.#parts;
    return !this.#versioned || part === undefined || part.reflector.hasReached(version);
  }

  override sources(): SourceStatus[] {
    const health = this.#parts.map((part) => part.reflector.health);
    const messages = this.#parts.flatMap(({ name }, index) => {
      const message = health[index]?.message;
      if (message === undefined) return [];
      // Some messages already begin with the name of the part. It is removed, because the status has the name too.
      const text = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
      return [this.#parts.length > 1 ? `${name}: ${text}` : text];
    });
    const activity = health.flatMap(({ lastActivity }) => lastActivity ?? []);
    const failing = health.flatMap(({ failingSince }) => failingSince ?? []);
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasBeenSynced,
        optional: this.#options.optional,
        message: this.#parts.length === 0 ? 'not running: it has no subscribers' : messages.join('; ') || undefined,
        cause: health.find(({ cause }) => cause !== undefined)?.cause,
        failingSince: failing.length === 0 ? undefined : Math.min(...failing),
        failures: health.reduce((sum, { failures }) => sum + failures, 0),
        needsAction: health.some(({ needsAction }) => needsAction),
        hasHeartbeat: true,
        lastActivity: activity.length === 0 ? undefined : Math.min(...activity),
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return this.connected;
  }

  protected override start(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) return;
    const lifetime = new LinkedAbort(signal);
    this.#lifetime = lifetime;
    this.#unsyncedSince = this.#options.clock.now();
    this.#parts = this.#options.listWatches.map((listWatch) => this.#part(listWatch));
    // A subscription may happen inside a tick. The first requests are sent after it.
    for (const { reflector } of this.#parts) queueMicrotask(() => void reflector.run(lifetime.signal));
  }

  protected override stop(): void {
    this.#lifetime?.abort();
    this.#lifetime = undefined;
    this.#past = [this.metrics];
    this.#parts = [];
    this.#unsyncedSince = this.#options.clock.now();
    this.forget();
  }

  #part(listWatch: ListWatch<T>): Part<T> {
    const notOlderThan = this.#versioned ? this.reached : undefined;
    const sink: ReflectorSink<T> = {
      replace: (objects, version, restored) => this.#partReplaced(part, objects, version, restored),
      apply: (event) => this.#partChanged(part, event),
      omit: (key, version) => this.#partOmitted(part, key, version),
      progress: (version) => {
        if (this.#versioned) this.advance(version);
      },
      gone: () => {
        if (this.#options.optional === true) this.#partReplaced(part, new Map(), this.reached ?? FIRST_VERSION);
        else this.#partGone(part);
      },
      held: (key) => (part.pending === undefined ? this.store.get(key) : part.pending.get(key)),
      unwatchable: () => this.dropVersions(),
    };
    const onStatus = (): void => this.reportStatus();
    const reflector = new Reflector<T>({ ...this.#options, listWatch, sink, notOlderThan, onStatus });
    const part: Part<T> = { name: listWatch.name, reflector, pending: undefined, keys: new Set() };
    return part;
  }

  #partReplaced(part: Part<T>, objects: ReadonlyMap<string, T>, version: string | undefined, restored = false): void {
    if (!this.#versioned) {
      this.#replaceSeveral(part, objects);
      return;
    }
    this.replaceAll(objects.values(), version, { restored });
  }

  /** Combines the new state of one part with the objects of the other parts. */
  #replaceSeveral(part: Part<T>, objects: ReadonlyMap<string, T>): void {
    if (this.hasSynced) {
      const whole = new Map(this.store.entries());
      for (const key of part.keys) whole.delete(key);
      for (const [key, object] of objects) whole.set(key, object);
      part.keys = new Set(objects.keys());
      this.replaceAll(whole.values(), undefined);
      return;
    }
    part.pending = new Map(objects);
    if (this.#parts.some(({ pending }) => pending === undefined)) return;
    const whole: T[] = [];
    for (const each of this.#parts) {
      for (const object of each.pending?.values() ?? []) whole.push(object);
      each.keys = new Set(each.pending?.keys());
      each.pending = undefined;
    }
    this.replaceAll(whole, undefined);
  }

  #partChanged(part: Part<T>, event: SourceEvent<T>): void {
    if (this.#versioned) {
      this.applyEvent(event);
      return;
    }
    const key = keyOf(event.object);
    if (part.pending !== undefined) {
      if (event.type === 'DELETED') part.pending.delete(key);
      else part.pending.set(key, event.object);
      return;
    }
    if (event.type === 'DELETED') part.keys.delete(key);
    else part.keys.add(key);
    this.applyEvent({ ...event, version: undefined });
  }

  #partOmitted(part: Part<T>, key: string, version: string | undefined): void {
    const last = part.pending === undefined ? this.store.get(key) : part.pending.get(key);
    if (last !== undefined) this.#partChanged(part, { type: 'DELETED', object: last, version });
    else if (this.#versioned && version !== undefined) this.advance(version);
  }

  /**
   * The resource no longer exists in any namespace, so all objects are removed. The other parts have not noticed that yet. Their objects
   * become pending again, until the source can sync.
   */
  #partGone(gone: Part<T>): void {
    if (this.hasSynced) {
      this.#unsyncedSince = this.#options.clock.now();
      for (const part of this.#parts) {
        part.pending = new Map();
        for (const key of part.keys) {
          const object = this.store.get(key);
          if (object !== undefined) part.pending.set(key, object);
        }
        part.keys = new Set();
      }
      this.removeAll();
    }
    gone.pending = undefined;
  }
}
