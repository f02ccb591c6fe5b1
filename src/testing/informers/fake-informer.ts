/**
 * An informer without a cluster: a real collection, written to by the test, synchronous.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { keyOf } from '../../key.ts';
import {
  SourceCollection,
  type SourceObject,
  type SourceVersions,
  versionNumber,
} from '../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { deepFreeze } from '../../informers/collection/purity.ts';

export interface FakeInformerOptions<T> {
  /** Default: made from the kind of the first object, `pods`. */
  readonly name?: string | undefined;
  readonly objects?: readonly T[] | undefined;
  /** Default `unique`, as of nearly everything in Kubernetes. */
  readonly versions?: SourceVersions | undefined;
  /** Begin unsynced, as an informer whose list has not come yet; {@link FakeInformer.sync} ends that. Default false. */
  readonly notSynced?: boolean | undefined;
  /** For ages and times. @default a clock that stands still at the beginning of 2026 */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** A fixed time, so that tests can compare. */
const NOW = Date.parse('2026-01-01T00:00:00Z');

/**
 * An informer in the hands of a test. Unlike a real one it can be read without subscribers.
 *
 * Every object written is copied and deeply frozen, and gets a `metadata.uid` where it has none and a `metadata.resourceVersion`
 * above all before it (one of its own is kept when it is higher). Each write is one tick: subscribers have seen it when it returns.
 */
export class FakeInformer<T extends SourceObject> extends SourceCollection<T> {
  readonly #clock: Pick<Clock, 'now'>;
  /** Above 0 before anything was written: what is written next is later than the empty list. */
  #version = 1;
  #uids = 0;
  #waiting: T[] | undefined;
  #silence: string | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number | undefined;

  constructor(options: FakeInformerOptions<T> = {}) {
    super(options.name ?? nameOf(options.objects?.[0]), options.versions ?? 'unique');
    this.#clock = options.clock ?? { now: () => NOW };
    this.#unsyncedSince = this.#clock.now();
    this.#waiting = (options.objects ?? []).map((object) => this.#stamped(object));
    if (options.notSynced !== true) this.sync();
  }

  /** The first list arrives: what was given or added before. Nothing when there has been one. */
  sync(): void {
    const objects = this.#waiting;
    if (objects === undefined) return;
    this.#waiting = undefined;
    this.#heard();
    this.replaceAll(objects, this.#versionNow());
  }

  /** New objects. @throws Error when one of that key is there */
  add(...objects: T[]): void {
    for (const object of objects) {
      if (this.#has(keyOf(object))) throw new Error(`${this.name}: ${keyOf(object)} is there already; use modify`);
      this.#write('ADDED', object);
    }
  }

  /** New content of objects that are there. @throws Error when there is none of that key */
  modify(...objects: T[]): void {
    for (const object of objects) {
      this.#require(keyOf(object));
      this.#write('MODIFIED', object);
    }
  }

  /** Objects go; by key or object. @throws Error when there is none of that key */
  delete(...objects: (T | string)[]): void {
    for (const named of objects) {
      const key = typeof named === 'string' ? named : keyOf(named);
      const last = this.#require(key);
      this.#write('DELETED', typeof named === 'string' ? last : named);
    }
  }

  /** The connection was lost for a while and a new list comes: these objects, at a new version. A relist, as subscribers see it. */
  replace(...objects: T[]): void {
    this.#waiting = undefined;
    this.#version += 1;
    const stamped = objects.map((object) => {
      const old = this.store.get(keyOf(object));
      return old !== undefined && sameContent(old, object) ? old : this.#stamped(object);
    });
    this.#heard();
    this.replaceAll(stamped, this.#versionNow());
  }

  /** A new list with nothing changed. */
  relist(): void {
    this.replace(...this.store.list());
  }

  /** Upstream says that nothing is missing up to a version above all before (or up to the one given). */
  bookmark(version: number = this.#version + 1): void {
    this.#version = Math.max(this.#version, version);
    this.#heard();
    this.advance(version);
  }

  /** The resource ceases to exist (its CustomResourceDefinition is removed); {@link replace} brings it back. */
  gone(): void {
    this.#unsyncedSince = this.#clock.now();
    this.removeAll();
  }

  /** Upstream is lost: what was read stays, the status says so. Any write ends it. */
  goSilent(message = 'nothing has been heard from the API server'): void {
    this.#silence = message;
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasSynced,
        message: this.#silence ?? (this.hasSynced ? undefined : 'the first list has not arrived'),
        lastActivity: this.#lastActivity,
        unsyncedSince: this.hasSynced ? undefined : this.#unsyncedSince,
      },
    ];
  }

  protected override get readable(): boolean {
    return true;
  }

  protected override start(): void {
    // nothing runs: the test is the upstream
  }

  protected override stop(): void {
    // what was written stays for the next subscriber
  }

  #write(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    this.#version += 1;
    const stamped = this.#stamped(object);
    if (this.#waiting !== undefined) {
      const key = keyOf(stamped);
      this.#waiting = this.#waiting.filter((waiting) => keyOf(waiting) !== key);
      if (type !== 'DELETED') this.#waiting.push(stamped);
      return;
    }
    this.#heard();
    this.applyEvent({ type, object: stamped, version: versionNumber(stamped.metadata?.resourceVersion) });
  }

  #heard(): void {
    this.#silence = undefined;
    this.#lastActivity = this.#clock.now();
    this.#unsyncedSince = undefined;
  }

  #versionNow(): number | undefined {
    return this.#version;
  }

  #has(key: string): boolean {
    return this.#stored(key) !== undefined;
  }

  #stored(key: string): T | undefined {
    return this.#waiting === undefined ? this.store.get(key) : this.#waiting.find((object) => keyOf(object) === key);
  }

  #require(key: string): T {
    const object = this.#stored(key);
    if (object === undefined) throw new Error(`${this.name}: there is no ${key}`);
    return object;
  }

  /** A frozen copy with uid and version. */
  #stamped(object: T): T {
    const own = versionNumber(object.metadata?.resourceVersion);
    this.#version = Math.max(this.#version, own ?? 1);
    const old = this.#stored(keyOf(object));
    const uid = object.metadata?.uid ?? old?.metadata?.uid ?? this.#nextUid();
    const resourceVersion = String(own !== undefined && own >= this.#version ? own : this.#version);
    return deepFreeze(structuredClone({ ...object, metadata: { ...object.metadata, uid, resourceVersion } }));
  }

  #nextUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, '0')}`;
  }
}

/**
 * A {@link FakeInformer} that holds these objects.
 * @example
 * const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
 * const events = track(pods);
 * pods.delete('shop/web');
 * events.expect('ADDED shop/web', 'DELETED shop/web');
 */
export function fakeInformer<T extends SourceObject>(...objects: T[]): FakeInformer<T> {
  return new FakeInformer<T>({ objects });
}

function nameOf(object: SourceObject | undefined): string {
  return object?.kind === undefined ? 'fake' : pluralOf(object.kind.toLowerCase());
}

/** The plural of a kind in lower case, as resources are named: `pods`, `ingresses`, `networkpolicies`, `endpoints`. */
function pluralOf(kind: string): string {
  if (kind.endsWith('endpoints')) return kind;
  if (/(s|x|z|ch|sh)$/.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** Whether two objects differ in nothing but what the fake itself gives. */
function sameContent(old: SourceObject, object: SourceObject): boolean {
  const bare = (one: SourceObject): string =>
    JSON.stringify({ ...one, metadata: { ...one.metadata, uid: undefined, resourceVersion: undefined } });
  return (
    bare(old) === bare(object) && (object.metadata?.uid === undefined || object.metadata.uid === old.metadata?.uid)
  );
}
