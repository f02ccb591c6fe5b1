import type { V1Pod } from 'kubefacet/informers';
import { fakeInformer, node, pod, track } from 'kubefacet/testing';
import { nodeLoads } from './node-loads.ts';

function podWithRequests(key: string, cpu: string, memory: string, phase: 'Running' | 'Failed' = 'Running'): V1Pod {
  return {
    ...pod(key, { node: 'n1', phase }),
    spec: { nodeName: 'n1', containers: [{ name: 'app', resources: { requests: { cpu, memory } } }] },
  };
}

it('sums the requests of the pods on each node', () => {
  const pods = fakeInformer(
    podWithRequests('shop/web', '250m', '64Mi'),
    podWithRequests('shop/db', '1', '1Gi'),
    pod('shop/new'),
  );
  const nodes = fakeInformer(node('n1', { capacity: { cpu: '4', memory: '4Gi', pods: '110' } }), node('n2'));
  const events = track(nodeLoads(pods, nodes), ({ status: { requested, percent } }) =>
    [requested.pods, requested.cpu, `${percent.cpu}%`, requested.memory, `${percent.memory}%`].join(' '),
  );
  events.expect('ADDED n1 2 1250m 31% 1088Mi 26%', 'ADDED n2 0 0 0% 0 0%');

  pods.modify(podWithRequests('shop/db', '1', '1Gi', 'Failed'));
  pods.delete('shop/web');
  events.expect('MODIFIED n1 1 250m 6% 64Mi 1%', 'MODIFIED n1 0 0 0% 0 0%');
});

it('counts terminated pods by phase only', () => {
  const pods = fakeInformer(
    podWithRequests('shop/web', '1', '1Gi'),
    podWithRequests('shop/task', '1', '1Gi', 'Failed'),
  );
  const events = track(nodeLoads(pods, fakeInformer(node('n1'))), ({ status }) => status.podsByPhase);
  events.expect('ADDED n1 {"Failed":1,"Running":1}');
});
