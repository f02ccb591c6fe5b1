import { derive, identity, indexBy } from 'kubefacet/projections';
import { fakeInformer, node, pod, track } from 'kubefacet/testing';

it('shows the zone of a pod and the number of other pods on its node', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }));
  const nodes = fakeInformer(node('n1', { zone: 'a' }));
  const podsByNode = pods.pipe(indexBy((p) => p.spec?.nodeName));
  const neighbours = pods.pipe(
    derive({ nodes, podsByNode }, (p, { nodes, podsByNode }) => ({
      metadata: identity(p),
      zone: nodes.get(p.spec?.nodeName)?.metadata?.labels?.['topology.kubernetes.io/zone'] ?? 'none',
      others: (podsByNode.get(p.spec?.nodeName)?.objects.length ?? 1) - 1,
    })),
  );
  const events = track(neighbours, ({ zone, others }) => `${zone} ${others}`);

  pods.add(pod('shop/db', { node: 'n1' }));
  events.expect('ADDED shop/web a 0', 'ADDED shop/db a 1', 'MODIFIED shop/web a 1');

  nodes.delete('n1');
  events.expect('MODIFIED shop/db none 1', 'MODIFIED shop/web none 1');
});
