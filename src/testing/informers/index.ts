/** @module informers for tests: no cluster, no socket, no time but what the test gives */
export { deepFreeze } from '../../informers/collection/purity.ts';
export { FakeClock, fakeClock, settled } from './fake-clock.ts';
export { FakeInformer, fakeInformer, type FakeInformerOptions } from './fake-informer.ts';
export {
  type Failure,
  FakeListWatch,
  fakeListWatch,
  type FakeRequest,
  type WatchListBehaviour,
} from './fake-list-watch.ts';
export { configMap, event, type EventFields, secret, service, type ServiceFields } from './namespaced-objects.ts';
export {
  controlledBy,
  CREATED,
  type CustomObject,
  customObject,
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
