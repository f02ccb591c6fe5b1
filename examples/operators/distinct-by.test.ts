import { distinctBy, map } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('shows each node in use once', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db', { node: 'n1' }));
  const nodesInUse = pods.pipe(
    distinctBy((p) => p.spec?.nodeName),
    map((p) => ({ metadata: { name: p.spec?.nodeName }, example: p.metadata?.name })),
  );
  const events = track(nodesInUse, ({ example }) => example);

  pods.modify(pod('shop/db', { node: 'n2' }));
  pods.delete('shop/web');

  events.expect('ADDED n1 db', 'MODIFIED n1 web', 'ADDED n2 db', 'DELETED n1 web');
});
