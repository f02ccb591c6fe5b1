import { fakeInformer, node, pod, track } from 'kubefacet/testing';
import { combinedPods } from './combined-pods.ts';

const typeLabel = 'node.kubernetes.io/instance-type';

it('updates the row of a pod when the pod or its node changes', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/new'));
  const nodes = fakeInformer(node('n1', { zone: 'a', ready: true, labels: { [typeLabel]: 'large' } }), node('n2'));
  const events = track(combinedPods(pods, nodes), (row) =>
    row.node === undefined
      ? 'unscheduled'
      : `${row.node.name} ${row.node.zone} ${row.node.instanceType} ${row.node.ready}`,
  );
  events.expect('ADDED shop/new unscheduled', 'ADDED shop/web n1 a large True');

  nodes.modify(node('n1', { zone: 'a', ready: false, labels: { [typeLabel]: 'large' } }));
  nodes.modify(node('n1', { zone: 'a', ready: false, labels: { [typeLabel]: 'large' }, annotations: { seen: 'now' } }));
  pods.modify(pod('shop/new', { node: 'n2' }));
  nodes.delete('n2');
  events.expect(
    'MODIFIED shop/web n1 a large False',
    'MODIFIED shop/new n2 undefined undefined Unknown',
    'MODIFIED shop/new n2 undefined undefined undefined',
  );
});
