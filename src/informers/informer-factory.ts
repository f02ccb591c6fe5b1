/**
 * Informers by resource: each source of a cluster is read once, however many projections use it.
 * @module
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { BUILT_IN_RESOURCES, type BuiltInTypes, knownVersions } from './built-in-resources.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Collection } from './collection/collection.ts';
import type { SourceObject, SourceVersions } from './collection/source-collection.ts';
import type { SourceStatus } from './collection/source-status.ts';
import type { Upstream, UpstreamUser, UpstreamWrites } from './collection/upstream.ts';
import { Ingest, type Transform } from './ingest.ts';
import { type GroupVersionResource, KubeListWatch, type KubeSource, resourceName } from './kube-list-watch.ts';
import { KubeTransport, type KubeTransportOptions } from './kube-transport.ts';
import type { ListWatch } from './list-watch.ts';
import { SharedInformer } from './shared-informer.ts';
import { type KnownSource, UserWrites } from './user-writes.ts';
import type { DeepReadonly } from './wire-type.ts';

/** What all informers of a factory have in common. */
export interface InformerFactoryOptions {
  /** Of `loadKubeConfig()`. Needed unless `listWatch` is given. */
  readonly kubeConfig?: KubeConfig | undefined;
  readonly transport?: KubeTransportOptions | undefined;
  /** Read from these namespaces only, which needs no right to the whole cluster. Default: all. Resources without namespaces are not limited. */
  readonly namespaces?: readonly string[] | undefined;
  /** Trims objects of the built-in getters before they are stored. */
  readonly transforms?:
    | { readonly [Name in keyof BuiltInTypes]?: Transform<BuiltInTypes[Name]> | undefined }
    | undefined;
  /** Keep `metadata.managedFields`, two fifths of the memory. Default false. */
  readonly keepManagedFields?: boolean | undefined;
  /** Milliseconds between polls of what can't be watched. Default 30 s. */
  readonly pollInterval?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** Closes the factory when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Where objects come from, in place of a cluster: for tests. */
  readonly listWatch?: (<T extends SourceObject>(source: KubeSource) => ListWatch<T>) | undefined;
}

/** What of a resource is read. */
export interface SourceSelection {
  /** Default: those of the factory. */
  readonly namespaces?: readonly string[] | undefined;
  /** False for a resource without namespaces, which is then read from the whole cluster. Default true. */
  readonly namespaced?: boolean | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** What one informer reads, and how. */
export interface InformerOptions<T> extends SourceSelection {
  /** Two informers with different functions are two informers. */
  readonly transform?: Transform<T> | undefined;
  /** What its versions are worth. Default `unique`; `repeated` for events, `none` for metrics. */
  readonly versions?: SourceVersions | undefined;
  /** Poll at this interval (milliseconds) rather than watch. */
  readonly poll?: number | undefined;
}

/** The part of {@link InformerFactory} that is not a getter. */
export interface Informers extends Upstream {
  /**
   * The informer of any resource. The same parameters give the same informer.
   * @example
   * const widgets = informers.of<Widget>({ group: 'example.com', version: 'v1', resource: 'widgets' }, { labelSelector: 'tier=web' });
   */
  of<T extends SourceObject>(
    resource: GroupVersionResource,
    options?: InformerOptions<T>,
  ): SharedInformer<DeepReadonly<T>>;
  /** Every informer that has been asked for. */
  all(): SharedInformer<SourceObject>[];
  /** How the sources that somebody uses are doing. */
  sources(): SourceStatus[];
  /** Requests to the same cluster over the same connections. @throws Error when the factory was made without a kubeConfig */
  readonly transport: KubeTransport;
  /**
   * Writes to what these informers read, as a user who has been authenticated. The factory's own user needs the right to impersonate.
   * @throws ImpersonationError for a user that no request can be made as
   * @throws Error when the factory was made without a kubeConfig
   */
  as(user: UpstreamUser): UpstreamWrites;
  /** Stops reading and closes all connections. What was read stays with its subscribers. */
  close(): Promise<void>;
}

/** Informers by resource: `informers.pods`, `informers.of(…)`. Each begins to read with its first subscriber and stops with its last. */
export type InformerFactory = Informers & { readonly [Name in keyof BuiltInTypes]: SharedInformer<BuiltInTypes[Name]> };

class Factory implements Informers {
  readonly #options: InformerFactoryOptions;
  readonly #transport: KubeTransport | undefined;
  readonly #closing = new AbortController();
  readonly #informers = new Map<string, SharedInformer<SourceObject>>();
  readonly #transforms = new Map<unknown, number>();
  readonly #sources = new WeakMap<Collection<unknown>, KnownSource>();

  constructor(options: InformerFactoryOptions) {
    this.#options = options;
    if (options.kubeConfig !== undefined) this.#transport = new KubeTransport(options.kubeConfig, options.transport);
    else if (options.listWatch === undefined)
      throw new TypeError('informerFactory needs a kubeConfig; see loadKubeConfig()');
    if (options.signal?.aborted === true) this.#closing.abort();
    options.signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#closing.signal });
  }

  get transport(): KubeTransport {
    if (this.#transport === undefined) throw new Error('this informer factory was made without a kubeConfig');
    return this.#transport;
  }

  of<T extends SourceObject>(
    resource: GroupVersionResource,
    options: InformerOptions<T> = {},
  ): SharedInformer<DeepReadonly<T>> {
    const namespaces = this.#namespaces(options);
    const identity = JSON.stringify([
      resource.group,
      resource.version,
      resource.resource,
      namespaces,
      options.labelSelector,
      options.fieldSelector,
      options.versions,
      options.poll,
      this.#transformId(options.transform),
    ]);
    const known = this.#informers.get(identity);
    // Same parameters, the same objects: what the caller calls their type is up to the caller, as it was the first time.
    if (known !== undefined) return known as unknown as SharedInformer<DeepReadonly<T>>;
    const { keepManagedFields, clock = systemClock, random = Math.random } = this.#options;
    const { labelSelector, fieldSelector, transform } = options;
    const sources: KubeSource[] = namespaces.map((namespace) => ({
      ...resource,
      namespace,
      labelSelector,
      fieldSelector,
    }));
    const informer = new SharedInformer<T>({
      name: resourceName(resource) + selection(options),
      listWatches: sources.map((source) => this.#listWatch<T>(source)),
      versions: options.versions ?? knownVersions(resource),
      transform,
      keepManagedFields,
      poll: options.poll !== undefined,
      pollInterval: options.poll ?? this.#options.pollInterval,
      clock,
      random,
      signal: this.#closing.signal,
    });
    this.#informers.set(identity, informer as unknown as SharedInformer<SourceObject>);
    this.#sources.set(informer, knownSource(resource, new Ingest<T>({ transform, keepManagedFields })));
    return informer as unknown as SharedInformer<DeepReadonly<T>>;
  }

  all(): SharedInformer<SourceObject>[] {
    return Array.from(this.#informers.values());
  }

  sources(): SourceStatus[] {
    return this.all().flatMap((informer) => (informer.running ? informer.sources() : []));
  }

  as(user: UpstreamUser): UpstreamWrites {
    return new UserWrites(this.transport, (source) => this.#sources.get(source), user);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#transport?.close();
  }

  /** One entry for each reflector; undefined: the whole cluster. */
  #namespaces({ namespaced = true, namespaces = this.#options.namespaces }: SourceSelection): (string | undefined)[] {
    if (!namespaced || namespaces === undefined) return [undefined];
    if (namespaces.length === 0)
      throw new TypeError('an empty list of namespaces would read nothing; leave it out to read all');
    return Array.from(new Set(namespaces)).sort();
  }

  #listWatch<T extends SourceObject>(source: KubeSource): ListWatch<T> {
    return this.#options.listWatch?.<T>(source) ?? new KubeListWatch<T>(this.transport, source);
  }

  #transformId(transform: unknown): number {
    if (transform === undefined) return 0;
    const id = this.#transforms.get(transform) ?? this.#transforms.size + 1;
    this.#transforms.set(transform, id);
    return id;
  }
}

/**
 * The informers of a cluster.
 * @example
 * const informers = informerFactory({ kubeConfig: await loadKubeConfig() });
 * informers.pods.deltas$.subscribe((batch) => …);
 * @throws TypeError without a kubeConfig
 */
export function informerFactory(options: InformerFactoryOptions): InformerFactory {
  const factory = new Factory(options);
  for (const name of Object.keys(BUILT_IN_RESOURCES) as (keyof BuiltInTypes)[]) {
    Object.defineProperty(factory, name, { enumerable: true, get: () => builtIn(factory, name, options) });
  }
  return factory as Factory & InformerFactory;
}

function builtIn<Name extends keyof BuiltInTypes>(
  factory: Factory,
  name: Name,
  { transforms }: InformerFactoryOptions,
): SharedInformer<DeepReadonly<BuiltInTypes[Name]>> {
  const resource = BUILT_IN_RESOURCES[name];
  return factory.of<BuiltInTypes[Name]>(resource, { namespaced: resource.namespaced, transform: transforms?.[name] });
}

function knownSource<T extends SourceObject>(
  { group, version, resource }: GroupVersionResource,
  ingest: Ingest<T>,
): KnownSource {
  return {
    resource: { group, version, resource },
    stored(object) {
      // An answer to a write says what it is.
      const taken = ingest.take(object as T, { apiVersion: undefined, kind: undefined });
      if ('error' in taken) throw taken.error;
      return taken.object;
    },
  };
}

function selection({ namespaces, labelSelector, fieldSelector }: SourceSelection): string {
  const parts = [namespaces?.join(','), labelSelector, fieldSelector].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
