/**
 * Aggregated API servers: resources, handlers, raw endpoints, and the server that serves them.
 * @module
 */
export {
  apiServer,
  type ApiServer,
  type ApiServerOptions,
  type AuthenticationOption,
  type AuthorizationCounts,
  type AuthorizationOption,
  type ConfigMaps,
  type ListenOptions,
  type ReadinessCheck,
  type ServerCounts,
  type ShutdownOptions,
} from './api-server.ts';
export type { Conversion } from './define/custom-definition.ts';
export type { CustomResourceDefinition, FieldProblem, ScaleDefinition, WriteInfo } from './define/custom-definition.ts';
export type { AccessDecision, Authorizer } from './access/authorizer.ts';
export type { AccessReviewSpec, ResourceAttributes, ReviewedRequirement } from './access/access-review-spec.ts';
export type { DelegatedAuthentication } from './access/server-authentication.ts';
export type { RequestHeaderConfig } from './access/request-header.ts';
export type { ConfigMapLike } from './access/authentication-config.ts';
export type {
  HandlerResult,
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
} from './define/handlers.ts';
export type { AccessRule, Need } from './define/needs.ts';
export { HandlerRefusal, type RefusalReason, refuse } from './define/refusals.ts';
export type {
  SubresourceHandler,
  SubresourceHandlers,
  SubresourceMethod,
  Subresources,
} from './define/subresources.ts';
export { ListenError, ServerDefinitionError } from './errors.ts';
export type { FieldPath } from './define/resource-definition.ts';
export { type Logger, stderrLogger } from './logger.ts';
export { pinoLogger, type PinoLogger, type PinoLoggerOptions } from './pino-logger.ts';
export type { AuditEvent } from './http/audit.ts';
export type { MemoryReading, MemorySource } from './read/process-memory.ts';
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
} from './define/raw-endpoint.ts';
export type { RequestHandler } from './http/koa-application.ts';
export type { RequestContext, RequestState, User } from './define/request-context.ts';
export { mergePatchOf } from './define/merge-patch-of.ts';
export type {
  ProjectionWrites,
  SourceDelete,
  SourcePatch,
  WriteChange,
  WriteRemoval,
} from './define/projection-writes.ts';
export { type Column, type Resource, resource, type ResourceDefinition } from './define/resource.ts';
export type { ApiDefinition } from './define/api-definition.ts';
export type { LimitOptions } from './define/limit-options.ts';
export type { Limits } from './wire/limits.ts';
export type {
  ServingCertificate,
  ServingCertificateFiles,
  ServingCertificateSource,
} from './http/serving-certificate.ts';
export type { Schema } from './wire/schema/schema.ts';
export { ApiError, type Status } from './wire/status.ts';
