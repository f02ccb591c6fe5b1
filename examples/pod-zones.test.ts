import { fakeInformer, node, pod, track } from 'kubefacet/testing';
import { podZones } from './pod-zones.ts';

it('shows the zone of the node that a pod runs on', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/new'));
  const nodes = fakeInformer(node('n1', { zone: 'a' }));
  const events = track(podZones(pods, nodes), ({ status }) => status.zone);

  nodes.modify(node('n1', { zone: 'b' }));
  pods.modify(pod('shop/new', { node: 'n1' }));

  events.expect('ADDED shop/new none', 'ADDED shop/web a', 'MODIFIED shop/web b', 'MODIFIED shop/new b');
});
