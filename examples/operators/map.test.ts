import { identity, map } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('shows the phase of each pod', () => {
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }));
  const phases = pods.pipe(map((one) => ({ metadata: identity(one), phase: one.status?.phase ?? 'Unknown' })));
  const events = track(phases, (row) => row.phase);

  pods.modify(pod('shop/web', { phase: 'Running' }));
  pods.modify(pod('shop/web', { phase: 'Running', annotations: { note: 'the row does not change' } }));
  pods.delete('shop/web');

  events.expect('ADDED shop/web Pending', 'MODIFIED shop/web Running', 'DELETED shop/web Running');
});
