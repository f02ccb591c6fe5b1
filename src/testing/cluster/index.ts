/**
 * The fake cluster as part of `kubefacet/testing`.
 * @module
 */

export { fakeCluster } from './fake-cluster.ts';
export type { CertificateUser, FakeCluster, FakeClusterOptions } from './fake-cluster.ts';
export { ApiServiceUnavailableError } from './aggregator/register-api-service.ts';
export type { RegisterApiServiceOptions } from './aggregator/register-api-service.ts';
export { PortInUseError } from './https-server.ts';
export type { Access, Authorize, Decision } from './access/authorization.ts';
export type { TokenUser, UserInfo } from './access/users.ts';

export { kubeConfig, writeKubeConfig } from './kube-config.ts';
export type { Credential, KubeConfigOptions } from './kube-config.ts';

export { DuplicateObjectError, loadObjects, LoadObjectsError, UnknownKindError } from './objects/load-objects.ts';
export type { LoadObjectsOptions } from './objects/load-objects.ts';
export { putObjects } from './objects/put-objects.ts';
export { seedCluster, seedObjects } from './workloads/seed.ts';
export type { SeededObject, SeedOptions } from './workloads/seed.ts';
export { churn } from './workloads/churn.ts';
export type { Churn, ChurnOptions } from './workloads/churn.ts';
export { seededRandom } from './workloads/random.ts';
export type { RandomNumber } from './workloads/random.ts';

export { coreKinds } from './kinds/core-kinds.ts';
export type { ResourceKind } from './kinds/resource-kind.ts';
export { storage } from './storage/storage.ts';
export type { Storage, StorageOptions } from './storage/storage.ts';
export type { Readiness } from './http/server-routes.ts';
export type { StorageEvent } from './storage/event-log.ts';
export type { CompleteObject } from '../../server/wire/writes/complete-object.ts';
export { apiHandler } from './http/api-handler.ts';
export type { ApiHandler, ApiHandlerOptions, Features, LoggedRequest, RequestFilter } from './http/api-handler.ts';
