/**
 * How it is served: an aggregated API server over the rows of collections.
 * @module
 */
export {
  apiServer,
  type ApiServer,
  type ApiServerOptions,
  type AuthenticationOption,
  type ConfigMaps,
  type ListenOptions,
  type ServerCounts,
  type ShutdownOptions,
} from './api-server.ts';
export type { Conversion } from './custom/converted-store.ts';
export type { CustomResourceDefinition, FieldProblem, ScaleDefinition, WriteInfo } from './custom/custom-definition.ts';
export type { RequestHeaderConfig } from './authentication/request-header.ts';
export type { ConfigMapLike } from './authentication/request-header-config.ts';
export type {
  Answered,
  ChangeContext,
  CollectionContext,
  CollectionDeleter,
  Creator,
  Deleter,
  Getter,
  Handled,
  HandledMetadata,
  HandlerContext,
  HandlerEvent,
  Handlers,
  HandlerSettings,
  Lister,
  Replacer,
  Subscribable,
  Watcher,
} from './custom/handlers/handlers.ts';
export {
  alreadyExists,
  conflict,
  forbidden,
  HandlerRefusal,
  invalid,
  notFound,
  tooManyRequests,
} from './custom/handlers/refusals.ts';
export { ListenError, ServerDefinitionError } from './errors.ts';
export type { FieldPath } from './field-path.ts';
export { type Logger, stderrLogger } from './logger.ts';
export {
  type RawEndpoint,
  rawEndpoint,
  type RawEndpointDefinition,
  type RawHandler,
  type RawHandlers,
  type RawMethod,
  type RawParameters,
  type RawPathDefinition,
  type RawResourceDefinition,
} from './raw-endpoint.ts';
export type { RequestHandler } from './koa-application.ts';
export type { RequestContext, RequestState, User } from './request-context.ts';
export { mergePatchOf } from './write-through/merge-patch-of.ts';
export type {
  ProjectionWrites,
  SourceDelete,
  SourcePatch,
  WriteChange,
  WriteRemoval,
} from './write-through/projection-writes.ts';
export { type Column, type Resource, resource, type ResourceDefinition } from './resource.ts';
export type { HealthCheck, HealthPart } from './routes/health.ts';
export type { ServedResource } from './served-resource.ts';
export type { ServingCertificate } from './tls-listener.ts';
export type { Schema } from './wire/schema/schema.ts';
export { ApiError, type Status } from './wire/status.ts';
