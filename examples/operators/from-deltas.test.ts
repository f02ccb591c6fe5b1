import { DeltaBatch, fromDeltas } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';
import * as rx from 'rxjs';

it('emits the changes of busy pods once a second', () => {
  const time = new rx.VirtualTimeScheduler(rx.VirtualAction, 0);
  const pods = fakeInformer(pod('shop/web', { phase: 'Pending' }));
  const busyPods = fromDeltas(
    'busy pods',
    pods.deltas$.pipe(
      rx.bufferTime(1000, time),
      rx.filter((batches) => batches.length > 0),
      rx.map(DeltaBatch.merge),
    ),
  );
  const events = track(busyPods, (p) => p.status?.phase);
  const aSecond = (): void => {
    time.maxFrames += 1000;
    time.flush();
  };

  aSecond();
  events.expect('ADDED shop/web Pending');

  pods.modify(pod('shop/web', { phase: 'Running' }), pod('shop/web', { phase: 'Failed' }));
  pods.add(pod('shop/short'));
  pods.delete('shop/short');
  aSecond();
  events.expect('MODIFIED shop/web Failed');
});
