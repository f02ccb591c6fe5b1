/**
 * One source of a cluster, shared by everybody who reads it.
 *
 * ```
 *   idle ──first subscriber──► reading ──complete state (of every part)──► synced ──last subscriber goes──► idle
 * ```
 *
 * It begins to list and watch with its first subscriber, and stops with the last; then it forgets its objects.
 * A source limited to several namespaces is read by one reflector for each (a *part*), so that no right to the whole cluster is
 * needed. It has synced when all parts have.
 *
 * Versions of several parts: the frontiers of their watches move apart, and an object of a faster one is newer than what the slower
 * ones have reached. No number says "everything up to here" without holding back events that have come, so a source of several parts
 * has no versions (`none`), and views over it are of scheme `local`. With one namespace it is like any other.
 * @module
 */
import { LinkedAbort } from '../abort.ts';
import type { Clock } from '../clock.ts';
import { keyOf } from '../key.ts';
import { SourceCollection, type SourceEvent, type SourceObject } from './collection/source-collection.ts';
import type { SourceStatus } from './collection/source-status.ts';
import type { ListWatch } from './list-watch.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import type { ReflectorSink } from './reflector-sink.ts';
import { type ReflectorMetrics, sumMetrics } from './reflector-status.ts';

/** What an informer is made from. */
export interface SharedInformerOptions<T> extends Omit<ReflectorOptions<T>, 'listWatch' | 'sink' | 'notOlderThan'> {
  /** `pods`, `deployments.apps`. */
  readonly name: string;
  /** One for each part: the cluster, or each namespace. At least one; their objects must not overlap. */
  readonly listWatches: readonly ListWatch<T>[];
  readonly clock: Clock;
  readonly random: () => number;
  /** When aborted, nothing is read any more; what was read stays with its subscribers. */
  readonly signal?: AbortSignal | undefined;
}

/** A part of the source. */
interface Part<T> {
  readonly name: string;
  readonly reflector: Reflector<T & SourceObject>;
  /** Its objects by key, while the source has not synced; undefined before its first complete state and once the source has. */
  waiting: Map<string, T> | undefined;
  keys: Set<string>;
}

/** See the top of this file. */
export class SharedInformer<T extends SourceObject> extends SourceCollection<T> {
  readonly #options: SharedInformerOptions<T>;
  readonly #versioned: boolean;
  #parts: Part<T>[] = [];
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

  /** Whether anybody keeps it running. */
  get running(): boolean {
    return this.connected;
  }

  /** What its reflectors have counted since the informer was made. */
  get metrics(): ReflectorMetrics {
    return sumMetrics([...this.#past, ...this.#parts.map((part) => part.reflector.metrics)]);
  }

  override sources(): SourceStatus[] {
    const health = this.#parts.map((part) => part.reflector.health);
    const messages = this.#parts.flatMap(({ name }, index) => {
      const message = health[index]?.message;
      if (message === undefined) return [];
      // Some failures say whose they are; who is told of a source names it.
      const own = message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message;
      return [this.#parts.length > 1 ? `${name}: ${own}` : own];
    });
    const heard = health.flatMap(({ lastActivity }) => lastActivity ?? []);
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced && health.every(({ ready }) => ready),
        message: this.#parts.length === 0 ? 'not running: nobody has subscribed' : messages.join('; ') || undefined,
        lastActivity: heard.length === 0 ? undefined : Math.min(...heard),
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
    // Inside a tick: requests go out when it has ended.
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
    const notOlderThan = this.#versioned && this.frontier !== undefined ? String(this.frontier) : undefined;
    const sink: ReflectorSink<T> = {
      replace: (objects, version) => this.#partReplaced(part, objects, version),
      apply: (event) => this.#partChanged(part, event),
      omit: (key, version) => this.#partOmitted(part, key, version),
      progress: (version) => {
        if (this.#versioned) this.advance(version);
      },
      gone: () => this.#partGone(part),
    };
    const reflector = new Reflector<T>({ ...this.#options, listWatch, sink, notOlderThan });
    const part: Part<T> = { name: listWatch.name, reflector, waiting: undefined, keys: new Set() };
    return part;
  }

  #partReplaced(part: Part<T>, objects: ReadonlyMap<string, T>, version: number | undefined): void {
    if (!this.#versioned) {
      this.#replaceSeveral(part, objects);
      return;
    }
    this.replaceAll(objects.values(), version);
  }

  /** One part of several: the whole is what all parts hold. */
  #replaceSeveral(part: Part<T>, objects: ReadonlyMap<string, T>): void {
    if (this.hasSynced) {
      const whole = new Map(this.store.entries());
      for (const key of part.keys) whole.delete(key);
      for (const [key, object] of objects) whole.set(key, object);
      part.keys = new Set(objects.keys());
      this.replaceAll(whole.values(), undefined);
      return;
    }
    part.waiting = new Map(objects);
    if (this.#parts.some(({ waiting }) => waiting === undefined)) return;
    const whole: T[] = [];
    for (const each of this.#parts) {
      for (const object of each.waiting?.values() ?? []) whole.push(object);
      each.keys = new Set(each.waiting?.keys());
      each.waiting = undefined;
    }
    this.replaceAll(whole, undefined);
  }

  #partChanged(part: Part<T>, event: SourceEvent<T>): void {
    if (this.#versioned) {
      this.applyEvent(event);
      return;
    }
    const key = keyOf(event.object);
    if (part.waiting !== undefined) {
      if (event.type === 'DELETED') part.waiting.delete(key);
      else part.waiting.set(key, event.object);
      return;
    }
    if (event.type === 'DELETED') part.keys.delete(key);
    else part.keys.add(key);
    this.applyEvent({ ...event, version: undefined });
  }

  #partOmitted(part: Part<T>, key: string, version: number | undefined): void {
    const last = part.waiting === undefined ? this.store.get(key) : part.waiting.get(key);
    if (last !== undefined) this.#partChanged(part, { type: 'DELETED', object: last, version });
    else if (this.#versioned && version !== undefined) this.advance(version);
  }

  /** What is gone is gone from all namespaces. Parts that have not noticed yet keep their objects until they all have read again. */
  #partGone(gone: Part<T>): void {
    if (this.hasSynced) {
      this.#unsyncedSince = this.#options.clock.now();
      for (const part of this.#parts) {
        part.waiting = new Map();
        for (const key of part.keys) {
          const object = this.store.get(key);
          if (object !== undefined) part.waiting.set(key, object);
        }
        part.keys = new Set();
      }
      this.removeAll();
    }
    gone.waiting = undefined;
  }
}
