import { fakeInformer, pod, track } from 'kubefacet/testing';
import { runningPods } from './running-pods.ts';

it('shows a pod while it runs', () => {
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }));
  const events = track(runningPods(pods), (row) => row.spec.nodeName);

  pods.modify(pod('shop/web', { phase: 'Running', node: 'n1' }));
  pods.modify(pod('shop/web', { phase: 'Running', node: 'n1', annotations: { note: 'not part of the row' } }));
  pods.modify(pod('shop/web', { phase: 'Succeeded', node: 'n1' }));

  events.expect('ADDED shop/web n1', 'DELETED shop/web n1');
});
