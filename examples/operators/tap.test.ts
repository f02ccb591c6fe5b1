import { filter, tap } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('records the batches of a pipeline', () => {
  const seen: string[] = [];
  const pods = fakeInformer(pod('shop/web'));
  const events = track(
    pods.pipe(
      tap(({ cause, changes }) => seen.push(`${cause.type} ${changes.length}`)),
      filter((one) => one.metadata?.name !== 'db'),
    ),
  );

  pods.add(pod('shop/db'));

  events.expect('ADDED shop/web');
  if (seen.join() !== 'SNAPSHOT 1,EVENT 1') throw new Error(seen.join());
});
