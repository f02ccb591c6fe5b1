/**
 * The options of an informer factory and of each informer.
 * @module
 */
import type { KubeConfig } from '@kubernetes/client-node';
import type { BuiltInTypes } from './built-in-resources.ts';
import type { Clock } from '../clock.ts';
import type { SourceObject, SourceVersions } from './collection/source-collection.ts';
import type { Transform } from './ingest.ts';
import type { KubeSource } from './kube-list-watch.ts';
import type { KubeTransportOptions } from './kube-transport.ts';
import type { ListWatch } from './list-watch.ts';

/** Options of all informers of a factory. */
export interface InformerFactoryOptions {
  /** The result of `loadKubeConfig()`. Required without `listWatch`. */
  readonly kubeConfig?: KubeConfig | undefined;
  readonly transport?: KubeTransportOptions | undefined;
  /**
   * The namespaces to read. With this option, the factory needs no permission to list objects of the whole cluster. Default: all
   * namespaces. The option does not apply to cluster-scoped resources.
   */
  readonly namespaces?: readonly string[] | undefined;
  /** Functions that trim the objects of the built-in getters before they are stored. */
  readonly transforms?:
    | { readonly [Name in keyof BuiltInTypes]?: Transform<BuiltInTypes[Name]> | undefined }
    | undefined;
  /** Whether to keep `metadata.managedFields`. They need two fifths of the memory of an object. Default false. */
  readonly keepManagedFields?: boolean | undefined;
  /** The time between polls of resources that cannot be watched, in milliseconds. Default 30 s. */
  readonly pollInterval?: number | undefined;
  readonly clock?: Clock | undefined;
  /** Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** An abort closes the factory. */
  readonly signal?: AbortSignal | undefined;
  /** Returns the source of objects to use instead of a cluster, for tests. */
  readonly listWatch?: (<T extends SourceObject>(source: KubeSource) => ListWatch<T>) | undefined;
}

/** The part of a resource to read. */
export interface SourceSelection {
  /** Default: the namespaces of the factory. */
  readonly namespaces?: readonly string[] | undefined;
  /** False for a cluster-scoped resource. Default true. */
  readonly namespaced?: boolean | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Options of one informer. */
export interface InformerOptions<T> extends SourceSelection {
  /** Trims the objects before they are stored. Calls of `of()` with different functions return different informers. */
  readonly transform?: Transform<T> | undefined;
  /** The kind of resource versions that the resource has. Default `unique`; for events `repeated`, for metrics `none`. */
  readonly versions?: SourceVersions | undefined;
  /**
   * Whether the server can be ready without this source. If the resource does not exist, it counts as empty after a minute; if it is
   * forbidden, resources that read it respond with 429. Default false.
   */
  readonly optional?: boolean | undefined;
  /**
   * Whether fields that are null stay in the objects. By default they are removed at every depth, because null means absent in the
   * Kubernetes API. Set it for a custom resource whose schema gives null another meaning. Default false.
   */
  readonly keepNulls?: boolean | undefined;
  /** Polls the resource at this interval in milliseconds, and never watches it. Default: watch if possible. */
  readonly pollInterval?: number | undefined;
}
