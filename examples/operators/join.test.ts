import { identity, join } from 'kubefacet/projections';
import { fakeInformer, node, pod, track } from 'kubefacet/testing';

it('shows pods on nodes that exist', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/lost', { node: 'n2' }), pod('shop/new'));
  const nodes = fakeInformer(node('n1', { ready: true }));
  const running = pods.pipe(
    join(
      nodes,
      (p) => p.spec?.nodeName,
      (p, n) => ({ metadata: identity(p), node: n.metadata?.name }),
    ),
  );
  const events = track(running, (row) => row.node);

  nodes.add(node('n2'));
  nodes.delete('n1');

  events.expect('ADDED shop/web n1', 'ADDED shop/lost n2', 'DELETED shop/web n1');
});
