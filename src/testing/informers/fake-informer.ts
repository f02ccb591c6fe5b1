/**
 * An informer without a cluster: a real collection to which the test writes synchronously.
 * @module
 */
import type { Clock } from '../../clock.ts';
import { keyOf } from '../../key.ts';
import type { SourceResource } from '../../informers/collection/collection-node.ts';
import {
  SourceCollection,
  type SourceObject,
  type SourceVersions,
} from '../../informers/collection/source-collection.ts';
import type { SourceStatus } from '../../informers/collection/source-status.ts';
import { isComparable } from '../../informers/collection/source-version.ts';
import { isNamespaced } from '../../informers/built-in-resources.ts';
import { withoutNulls } from '../../informers/nulls.ts';
import { deepFreeze } from '../../informers/collection/purity.ts';

export interface FakeInformerOptions<T> {
  /** Default: the plural of the kind of the first object, `pods`. */
  readonly name?: string | undefined;
  readonly objects?: readonly T[] | undefined;
  /**
   * The resource that the informer stands for, which `authorize` of a resource needs. Default: that of the apiVersion and the kind of the
   * first object.
   */
  readonly resource?: SourceResource | undefined;
  /** Default `unique`, like almost all resources of Kubernetes. */
  readonly versions?: SourceVersions | undefined;
  /** If true, the informer has not received its first list. {@link FakeInformer.sync} delivers the list. Default false. */
  readonly notSynced?: boolean | undefined;
  /** The clock for ages and times. Default: a clock that is fixed at the beginning of 2026. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** The fixed time of the default clock. */
const NOW = Date.parse('2026-01-01T00:00:00Z');

/**
 * An informer that a test controls. Unlike a real informer, it can be read without subscribers.
 *
 * It copies and deeply freezes each object, without its fields that are null. An object without `metadata.uid` gets one. Each object gets a `metadata.resourceVersion`
 * above all earlier ones, unless its version is already higher. Each write is one tick: when it returns, subscribers have received it.
 */
export class FakeInformer<T extends SourceObject> extends SourceCollection<T> {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #resource: SourceResource | undefined;
  /** Above 0 from the start, so that the first write is later than the empty list. */
  #version = 1n;
  #uids = 0;
  #waiting: T[] | undefined;
  #silence: string | undefined;
  #silentSince: number | undefined;
  #lastActivity: number | undefined;
  #unsyncedSince: number | undefined;

  constructor(options: FakeInformerOptions<T> = {}) {
    super(options.name ?? nameOf(options.objects?.[0]), options.versions ?? 'unique');
    this.#clock = options.clock ?? { now: () => NOW };
    this.#resource = options.resource ?? resourceOf(options.objects?.[0]);
    this.#unsyncedSince = this.#clock.now();
    this.#waiting = (options.objects ?? []).map((object) => this.#stamped(object));
    if (options.notSynced !== true) this.sync();
  }

  /** Delivers the first list, which contains all objects added until now. A second call has no effect. */
  sync(): void {
    const objects = this.#waiting;
    if (objects === undefined) return;
    this.#waiting = undefined;
    this.#received();
    this.replaceAll(objects, String(this.#version));
  }

  /** Adds objects. @throws Error if an object with the same key exists */
  add(...objects: T[]): void {
    for (const object of objects) {
      if (this.#has(keyOf(object))) throw new Error(`${this.name}: ${keyOf(object)} exists already; use modify`);
      this.#write('ADDED', object);
    }
  }

  /** Replaces objects that exist. @throws Error if no object has the key */
  modify(...objects: T[]): void {
    for (const object of objects) {
      this.#require(keyOf(object));
      this.#write('MODIFIED', object);
    }
  }

  /** Deletes objects, by key or object. @throws Error if no object has the key */
  delete(...objects: (T | string)[]): void {
    for (const named of objects) {
      const key = typeof named === 'string' ? named : keyOf(named);
      const last = this.#require(key);
      this.#write('DELETED', typeof named === 'string' ? last : named);
    }
  }

  /** Delivers a relist with these objects at a new version, as after a lost connection. */
  replace(...objects: T[]): void {
    this.#waiting = undefined;
    this.#version += 1n;
    const stamped = objects.map((object) => {
      const old = this.store.get(keyOf(object));
      return old !== undefined && sameContent(old, object) ? old : this.#stamped(object);
    });
    this.#received();
    this.replaceAll(stamped, String(this.#version));
  }

  /** Delivers a relist without a change. */
  relist(): void {
    this.replace(...this.store.list());
  }

  /** Delivers a bookmark: nothing up to `version` is missing. Default: a version above all earlier ones. */
  bookmark(version: number | bigint = this.#version + 1n): void {
    if (version > this.#version) this.#version = BigInt(version);
    this.#received();
    this.advance(String(version));
  }

  /** Removes the resource, as when its CustomResourceDefinition is deleted. {@link replace} restores it. */
  gone(): void {
    this.#unsyncedSince = this.#clock.now();
    this.removeAll();
  }

  /** Simulates a lost connection: the objects stay, and the status reports `message`. The next write or bookmark ends it. */
  goSilent(message = 'nothing has been heard from the API server'): void {
    this.#silence = message;
    this.#silentSince ??= this.#clock.now();
    this.reportStatus();
  }

  override get resource(): SourceResource | undefined {
    return this.#resource;
  }

  override sources(): SourceStatus[] {
    return [
      {
        name: this.name,
        hasSynced: this.hasSynced,
        ready: this.hasBeenSynced,
        cause: this.#silence === undefined ? undefined : 'silence',
        failingSince: this.#silentSince,
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
    // Nothing runs, because the test is the upstream.
  }

  protected override stop(): void {
    // The objects stay for the next subscriber.
  }

  #write(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void {
    this.#version += 1n;
    const stamped = this.#stamped(object);
    if (this.#waiting !== undefined) {
      const key = keyOf(stamped);
      this.#waiting = this.#waiting.filter((waiting) => keyOf(waiting) !== key);
      if (type !== 'DELETED') this.#waiting.push(stamped);
      return;
    }
    this.#received();
    this.applyEvent({ type, object: stamped, version: stamped.metadata?.resourceVersion });
  }

  #received(): void {
    const wasSilent = this.#silence !== undefined;
    this.#silence = undefined;
    this.#silentSince = undefined;
    this.#lastActivity = this.#clock.now();
    this.#unsyncedSince = undefined;
    if (wasSilent) this.reportStatus();
  }

  #has(key: string): boolean {
    return this.#stored(key) !== undefined;
  }

  #stored(key: string): T | undefined {
    return this.#waiting === undefined ? this.store.get(key) : this.#waiting.find((object) => keyOf(object) === key);
  }

  #require(key: string): T {
    const object = this.#stored(key);
    if (object === undefined) throw new Error(`${this.name}: there is no object ${key}`);
    return object;
  }

  /** Returns a frozen copy with uid and version. */
  #stamped(object: T): T {
    const sent = object.metadata?.resourceVersion;
    const own = isComparable(sent) ? BigInt(sent) : 1n;
    if (own > this.#version) this.#version = own;
    const old = this.#stored(keyOf(object));
    const uid = object.metadata?.uid ?? old?.metadata?.uid ?? this.#nextUid();
    const resourceVersion = String(this.#version);
    return deepFreeze(
      structuredClone(withoutNulls({ ...object, metadata: { ...object.metadata, uid, resourceVersion } })),
    );
  }

  #nextUid(): string {
    this.#uids += 1;
    return `00000000-0000-4000-8000-${this.#uids.toString(16).padStart(12, '0')}`;
  }
}

/**
 * Returns an informer that contains these objects.
 * @example
 * const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
 * const events = track(pods);
 * pods.delete('shop/web');
 * events.expect('ADDED shop/web', 'DELETED shop/web');
 */
export function fakeInformer<T extends SourceObject>(...objects: T[]): FakeInformer<T> {
  return new FakeInformer<T>({ objects });
}

function resourceOf(object: SourceObject | undefined): SourceResource | undefined {
  const { apiVersion = '', kind } = object ?? {};
  const [, group = '', version] = /^(?:(.*)\/)?([^/]+)$/.exec(apiVersion) ?? [];
  if (kind === undefined || version === undefined) return undefined;
  const resource = pluralOf(kind.toLowerCase());
  const scopes = { true: 'namespaced', false: 'cluster', undefined: 'unknown' } as const;
  return { group, version, resource, scope: scopes[`${isNamespaced(group, resource)}`] };
}

function nameOf(object: SourceObject | undefined): string {
  return object?.kind === undefined ? 'fake' : pluralOf(object.kind.toLowerCase());
}

/** Returns the plural of a kind in lower case: `pods`, `ingresses`, `networkpolicies`, `endpoints`. */
function pluralOf(kind: string): string {
  if (kind.endsWith('endpoints')) return kind;
  if (/(s|x|z|ch|sh)$/.test(kind)) return `${kind}es`;
  return /[^aeiou]y$/.test(kind) ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** Returns whether two objects are equal, apart from the fields that the fake sets. */
function sameContent(old: SourceObject, object: SourceObject): boolean {
  const bare = (one: SourceObject): string =>
    JSON.stringify({ ...one, metadata: { ...one.metadata, uid: undefined, resourceVersion: undefined } });
  return (
    bare(old) === bare(object) && (object.metadata?.uid === undefined || object.metadata.uid === old.metadata?.uid)
  );
}
