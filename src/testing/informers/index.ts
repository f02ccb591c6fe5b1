/**
 * Informers for tests, without a cluster, a socket or a real clock.
 * @module
 */
export { deepFreeze } from '../../informers/collection/purity.ts';
export { configMap, secret, tlsSecret, type TlsSecretFields } from './config-objects.ts';
export { FakeClock, fakeClock, settled } from './fake-clock.ts';
export { FakeInformer, fakeInformer, type FakeInformerOptions } from './fake-informer.ts';
export { FakeListWatch, fakeListWatch, type FakeRequest } from './fake-list-watch.ts';
export type { Failure, WatchListBehaviour } from './faults.ts';
export {
  type EndpointFields,
  endpointSlice,
  type EndpointSliceFields,
  ingress,
  type IngressFields,
  type IngressRuleFields,
  service,
  type ServiceFields,
} from './network-objects.ts';
export {
  controlledBy,
  CREATED,
  type CustomObject,
  customObject,
  event,
  type EventFields,
  metadata,
  namespace,
  node,
  type NodeFields,
  type ObjectFields,
  pod,
  type PodFields,
} from './objects.ts';
export { track, Tracker } from './tracker.ts';
export {
  daemonSet,
  deployment,
  job,
  type JobFields,
  replicaSet,
  statefulSet,
  type WorkloadFields,
} from './workload-objects.ts';
