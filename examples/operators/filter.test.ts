import { filter } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('shows the pods that are running', () => {
  const pods = fakeInformer(pod('shop/web', { phase: 'Running' }), pod('shop/db', { phase: 'Pending' }));
  const events = track(pods.pipe(filter((one) => one.status?.phase === 'Running')));

  pods.modify(pod('shop/db', { phase: 'Running' }));
  pods.modify(pod('shop/web', { phase: 'Succeeded' }));

  events.expect('ADDED shop/web', 'ADDED shop/db', 'DELETED shop/web');
});
