import { identity, leftJoin } from 'kubefacet/projections';
import { fakeInformer, node, pod, track } from 'kubefacet/testing';

it('shows the zone of a pod', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/new'));
  const nodes = fakeInformer(node('n1', { zone: 'a' }));
  const placements = pods.pipe(
    leftJoin(
      nodes,
      (p) => p.spec?.nodeName,
      (p, n) => ({ metadata: identity(p), zone: n?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? 'none' }),
    ),
  );
  const events = track(placements, (row) => row.zone);

  events.expect('ADDED shop/new none', 'ADDED shop/web a');

  nodes.modify(node('n1', { zone: 'b' }));
  events.expect('MODIFIED shop/web b');

  pods.modify(pod('shop/new', { node: 'n1' }));
  nodes.delete('n1');
  events.expect('MODIFIED shop/new b', 'MODIFIED shop/new none', 'MODIFIED shop/web none');
});
