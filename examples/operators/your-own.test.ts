import { map as rxMap } from 'rxjs';
import type { DeltaOperator, V1Pod } from 'kubefacet/informers';
import { identity, rowWise } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('rowWise declares that an operator makes each row from one object', () => {
  const phaseOf = (one: V1Pod) => ({ metadata: identity(one), phase: one.status?.phase ?? 'Unknown' });
  const operator: DeltaOperator<V1Pod, ReturnType<typeof phaseOf>> = rxMap((batch) =>
    batch.derive(
      batch.changes.map(({ type, key, object }) =>
        type === 'DELETED' ? { type: 'REMOVE', key } : { type: 'PUT', key, object: phaseOf(object) },
      ),
    ),
  );
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }));
  const phases = pods.pipe(rowWise(operator, { name: 'phase', text: phaseOf.toString() }));
  const events = track(phases, (row) => row.phase);

  pods.modify(pod('shop/web', { phase: 'Running' }));

  events.expect('ADDED shop/web Pending', 'MODIFIED shop/web Running');
});
