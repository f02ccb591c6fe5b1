/** A cluster with objects of the namespace `shop`, and makers of requests, for the tests of the API handler. */
import { testCluster } from './without-socket.ts';
import type { CallOptions, TestCluster } from './without-socket.ts';

export const CMS = '/api/v1/namespaces/shop/configmaps';
export const PODS = '/api/v1/namespaces/shop/pods';
export const LEASES = '/apis/coordination.k8s.io/v1/namespaces/shop/leases';
export const WIDGETS = '/apis/example.com/v1/namespaces/shop/widgets';

export const cm = (name: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data: { a: 'b' },
});
export const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'x' }] } });
export const merge = (body: unknown): CallOptions => ({
  body,
  headers: { 'content-type': 'application/merge-patch+json' },
});
export const jsonPatch = (body: unknown): CallOptions => ({
  body,
  headers: { 'content-type': 'application/json-patch+json' },
});
export const strategic = (body: unknown): CallOptions => ({
  body,
  headers: { 'content-type': 'application/strategic-merge-patch+json' },
});
export const accepting = (accept: string): CallOptions => ({ headers: { accept } });

/**
 * The namespace `shop` with the ConfigMaps `a` and `held` (terminating), the Pod `p`, the Lease `l` and the Widget `w`.
 */
export const shop = (): TestCluster => {
  const cluster = testCluster();
  const { store } = cluster;
  const metadata = (name: string, more: object = {}) => ({ namespace: 'shop', name, ...more });
  store.create('namespaces', { metadata: { name: 'shop' } });
  store.create('configmaps', { metadata: metadata('a', { uid: 'uid-a', labels: { app: 'x' } }), data: { a: 'b' } });
  store.create('configmaps', { metadata: metadata('held', { finalizers: ['x.io/y'] }) });
  store.delete('configmaps', 'shop/held');
  store.create('pods', { metadata: metadata('p'), spec: { containers: [] }, status: { phase: 'Running' } });
  store.create('leases.coordination.k8s.io', { metadata: metadata('l'), spec: {} });
  store.create('widgets.example.com', { metadata: metadata('w'), spec: { color: 'red' } });
  return cluster;
};
