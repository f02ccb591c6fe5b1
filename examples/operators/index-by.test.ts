import { indexBy } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('finds the pods of a node', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
  const podsByNode = pods.pipe(indexBy((p) => p.spec?.nodeName));
  const events = track(podsByNode, ({ objects }) => objects.map((p) => p.metadata?.name).join(' '));

  pods.modify(pod('shop/web', { node: 'n2' }));

  events.expect('ADDED n1 db web', 'MODIFIED n1 db', 'ADDED n2 web');
});
