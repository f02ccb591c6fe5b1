/**
 * The informers of a cluster, by resource. Each source is read once, even if several projections use it.
 * @module
 */
import { BUILT_IN_RESOURCES, type BuiltInTypes, isNamespaced, knownVersions } from './built-in-resources.ts';
import { systemClock } from '../clock.ts';
import type { SourceResource } from './collection/collection-node.ts';
import type { Collection } from './collection/collection.ts';
import type { SourceObject } from './collection/source-collection.ts';
import type { SourceStatus } from './collection/source-status.ts';
import type {
  Upstream,
  UpstreamResource,
  UpstreamReviewer,
  UpstreamReviewResult,
  UpstreamSources,
  UpstreamUser,
  UpstreamWrites,
} from './collection/upstream.ts';
import type { InformerFactoryOptions, InformerOptions, SourceSelection } from './informer-options.ts';
import { Ingest } from './ingest.ts';
import { type GroupVersionResource, KubeListWatch, type KubeSource, resourceName } from './kube-list-watch.ts';
import { KubeTransport } from './kube-transport.ts';
import type { ListWatch } from './list-watch.ts';
import { sendReview } from './reviews.ts';
import { type Informer, SharedInformer } from './shared-informer.ts';
import { type KnownSource, UserWrites } from './user-writes.ts';
import type { DeepReadonly } from './collection/purity.ts';

/** The methods of an {@link InformerFactory}. */
export interface Informers extends Upstream, UpstreamReviewer, UpstreamSources {
  /**
   * Returns the informer of any resource. Equal parameters return the same informer. Its objects are readonly at every depth.
   * @example
   * const resource = { group: 'example.com', version: 'v1', resource: 'widgets' };
   * const webWidgets = informers.of<Widget>(resource, { labelSelector: 'tier=web' });
   */
  of<T extends SourceObject>(resource: GroupVersionResource, options?: InformerOptions<T>): Informer<DeepReadonly<T>>;
  /** All informers that were requested so far. */
  all(): Informer<SourceObject>[];
  /** The status of the sources that have subscribers. */
  sources(): SourceStatus[];
  /** Sends requests to the same cluster over the same connections. @throws Error if the factory has no kubeConfig */
  readonly transport: KubeTransport;
  /**
   * Writes to the sources of these informers on behalf of an authenticated user. The user of the kubeconfig needs the permission to
   * impersonate.
   * @throws ImpersonationError if the user cannot be impersonated
   * @throws Error if the factory has no kubeConfig
   */
  as(user: UpstreamUser): UpstreamWrites;
  /**
   * Creates a review, such as a SubjectAccessReview, with the credentials of the kubeconfig, and returns it with its status.
   * @throws Error if the factory has no kubeConfig
   */
  review(resource: UpstreamResource, review: object, signal: AbortSignal): Promise<UpstreamReviewResult>;
  /** Stops all requests and closes all connections. Subscribers keep the objects that were read so far. */
  close(): Promise<void>;
}

/**
 * The informers of a cluster: `informers.pods`, `informers.of(…)`. An informer begins to read with its first subscriber and stops with
 * its last one.
 */
export type InformerFactory = Informers & { readonly [Name in keyof BuiltInTypes]: Informer<BuiltInTypes[Name]> };

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
      throw new TypeError('informerFactory needs the option kubeConfig: pass await loadKubeConfig()');
    if (options.signal?.aborted === true) this.#closing.abort();
    options.signal?.addEventListener('abort', () => void this.close(), { once: true, signal: this.#closing.signal });
  }

  get transport(): KubeTransport {
    if (this.#transport === undefined)
      throw new Error('this informer factory has no kubeConfig: pass one to informerFactory()');
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
      options.pollInterval,
      options.keepNulls === true,
      options.optional === true,
      this.#transformId(options.transform),
    ]);
    const known = this.#informers.get(identity);
    // The cast is safe: equal parameters select the same objects, and the caller declares their type.
    if (known !== undefined) return known as unknown as SharedInformer<DeepReadonly<T>>;
    const { keepManagedFields, clock = systemClock, random = Math.random } = this.#options;
    const { labelSelector, fieldSelector, transform, keepNulls } = options;
    const sources: KubeSource[] = namespaces.map((namespace) => ({
      ...resource,
      namespace,
      labelSelector,
      fieldSelector,
    }));
    const informer = new SharedInformer<T>({
      name: resourceName(resource) + selection(options),
      resource: sourceResource(resource, options.namespaced === false, namespaces),
      listWatches: sources.map((source) => this.#listWatch<T>(source)),
      versions: options.versions ?? knownVersions(resource),
      transform,
      keepManagedFields,
      keepNulls,
      optional: options.optional,
      poll: options.pollInterval !== undefined,
      pollInterval: options.pollInterval ?? this.#options.pollInterval,
      clock,
      random,
      signal: this.#closing.signal,
    });
    this.#informers.set(identity, informer as unknown as SharedInformer<SourceObject>);
    this.#sources.set(informer, knownSource(resource, new Ingest<T>({ transform, keepManagedFields, keepNulls })));
    return informer as unknown as SharedInformer<DeepReadonly<T>>;
  }

  all(): SharedInformer<SourceObject>[] {
    return Array.from(this.#informers.values());
  }

  sources(): SourceStatus[] {
    return this.all().flatMap((informer) => (informer.running ? informer.sources() : []));
  }

  resourceOf(source: Collection<unknown>): UpstreamResource | undefined {
    return this.#sources.get(source)?.resource;
  }

  as(user: UpstreamUser): UpstreamWrites {
    return new UserWrites(this.transport, (source) => this.#sources.get(source), user);
  }

  async review(resource: UpstreamResource, review: object, signal: AbortSignal): Promise<UpstreamReviewResult> {
    return sendReview(this.transport, resource, review, signal);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#transport?.close();
  }

  /** Returns the namespaces to read, one for each reflector. `[undefined]` means the whole cluster. */
  #namespaces({ namespaced = true, namespaces = this.#options.namespaces }: SourceSelection): (string | undefined)[] {
    if (!namespaced || namespaces === undefined) return [undefined];
    if (namespaces.length === 0)
      throw new TypeError(
        'the option namespaces is empty, so the informer would read nothing; omit it to read all namespaces',
      );
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
 * Creates the informers of a cluster.
 * @example
 * const informers = informerFactory({ kubeConfig: await loadKubeConfig() });
 * const running = informers.pods.pipe(filter((pod) => pod.status?.phase === 'Running'));
 * @throws TypeError if the options contain neither kubeConfig nor listWatch
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
      // The response to a write contains its apiVersion and kind, unlike the items of a list.
      const ingested = ingest.prepare(object as T, { apiVersion: undefined, kind: undefined });
      if ('error' in ingested) throw ingested.error;
      return ingested.object;
    },
  };
}

/**
 * Returns the resource with its scope. A request for one namespace returns no cluster-scoped objects. A resource that is wrongly declared
 * cluster-scoped needs more rights of its readers, not fewer.
 */
function sourceResource(
  { group, version, resource }: GroupVersionResource,
  isCluster: boolean,
  namespaces: readonly (string | undefined)[],
): SourceResource {
  const known = isNamespaced(group, resource);
  const isShown = known === true || !namespaces.includes(undefined);
  return {
    group,
    version,
    resource,
    scope: isCluster || known === false ? 'cluster' : isShown ? 'namespaced' : 'unknown',
  };
}

function selection({
  namespaces,
  labelSelector,
  fieldSelector,
  optional,
}: SourceSelection & { readonly optional?: boolean | undefined }): string {
  const parts = [
    namespaces?.join(','),
    labelSelector,
    fieldSelector,
    optional === true ? 'optional' : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join('; ')})`;
}
