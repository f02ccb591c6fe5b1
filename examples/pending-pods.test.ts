import { fakeInformer, pod, track } from 'kubefacet/testing';
import { pendingPods } from './pending-pods.ts';

it('shows a pod until it runs', () => {
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }));
  const events = track(pendingPods(pods), ({ status }) => status.reason);

  pods.modify(pod('shop/web', { phase: 'Running', node: 'n1' }));

  events.expect('ADDED shop/web Waiting', 'DELETED shop/web Waiting');
});
