/**
 * The public API of informers: collections, and the informers that fill them from a cluster.
 * @module
 */
export * from './collection/index.ts';
export {
  ImpersonationError,
  type Upstream,
  type UpstreamResult,
  type UpstreamResource,
  type UpstreamReviewResult,
  type UpstreamStatus,
  type UpstreamTarget,
  type UpstreamUser,
  type UpstreamWriteOptions,
  type UpstreamWrites,
} from './collection/upstream.ts';
export {
  SourceCollection,
  type SourceEvent,
  type SourceObject,
  type SourceVersions,
} from './collection/source-collection.ts';
export type { BuiltInTypes } from './built-in-resources.ts';
export { type Cancel, type Clock, systemClock } from '../clock.ts';
export {
  type ApiStatus,
  ConnectionError,
  CredentialsError,
  DecodeError,
  IdleTimeoutError,
  IncompleteListError,
  InvalidObjectError,
  isExpired,
  isForbidden,
  isNotFound,
  isTooLargeResourceVersion,
  KubeConfigError,
  NotWatchableError,
  RedirectError,
  ResponseTooLargeError,
  StaleListError,
  TransformError,
  UpstreamApiError,
} from './errors.ts';
export { informerFactory, type InformerFactory, type Informers } from './informer-factory.ts';
export type { InformerFactoryOptions, InformerOptions, SourceSelection } from './informer-options.ts';
export type { Transform } from './ingest.ts';
export { loadKubeConfig, type LoadKubeConfigOptions } from './kube-config.ts';
export { type GroupVersionResource, KubeListWatch, type KubeSource } from './kube-list-watch.ts';
export { type KubeRequest, type KubeResponse, KubeTransport, type KubeTransportOptions } from './kube-transport.ts';
export {
  type BookmarkObject,
  INITIAL_EVENTS_END,
  type ListOptions,
  type ListPage,
  type ListWatch,
  type ResourceVersionMatch,
  type WatchEvent,
  type WatchOptions,
} from './list-watch.ts';
export type { ReflectorMetrics } from './collection/source-metrics.ts';
export { type Informer, SharedInformer, type SharedInformerOptions } from './shared-informer.ts';
export type { DeepReadonly } from './collection/purity.ts';
export type * from './wire-type.ts';
