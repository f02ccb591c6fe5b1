/**
 * The fake cluster as part of `kubefacet/testing`.
 *
 * @module
 */

export { fakeCluster } from './fake-cluster.ts';
export type { CertificateUser, FakeCluster, FakeClusterOptions } from './fake-cluster.ts';
export { ApiServiceUnavailableError } from './register-api-service.ts';
export type { RegisterApiServiceOptions } from './register-api-service.ts';
export { PortInUseError } from './https-server.ts';
export type { Access, Authorize, Decision } from './authorization.ts';
export type { TokenUser, UserInfo } from './users.ts';

export { kubeConfig, writeKubeConfig } from './kube-config.ts';
export type { Credential, KubeConfigOptions } from './kube-config.ts';

export { DuplicateObjectError, loadObjects, LoadObjectsError, UnknownKindError } from './load-objects.ts';
export type { LoadObjectsOptions } from './load-objects.ts';
export { putObjects } from './put-objects.ts';
export { seedCluster, seedObjects } from './seed.ts';
export type { SeededObject, SeedOptions } from './seed.ts';
export { churn } from './churn.ts';
export type { Churn, ChurnOptions } from './churn.ts';
export { seededRandom } from './workloads/random.ts';
export type { RandomNumber } from './workloads/random.ts';

export { coreKinds } from './kinds/core-kinds.ts';
export type { ResourceKind } from './resource-kind.ts';
export { storage } from './storage.ts';
export type { Storage, StorageOptions } from './storage.ts';
export type { Readiness } from './server-routes.ts';
export type { StorageEvent } from './event-log.ts';
export type { CompleteObject } from '../../server/wire/writes/complete-object.ts';
export { apiHandler } from './api-handler.ts';
export type { ApiHandler, ApiHandlerOptions, Features, LoggedRequest, RequestFilter } from './api-handler.ts';
