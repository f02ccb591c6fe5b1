import { recomputeEvery, identity } from 'kubefacet/projections';
import { fakeClock, fakeInformer, pod, track } from 'kubefacet/testing';

it('shows the age of a pod in minutes', () => {
  const clock = fakeClock(Date.parse('2026-01-01T12:00:30Z'));
  const created = pod('shop/web');
  const pods = fakeInformer({
    ...created,
    metadata: { ...created.metadata, creationTimestamp: '2026-01-01T11:58:00Z' },
  });
  const ages = pods.pipe(
    recomputeEvery(
      60_000,
      (p, now) => ({
        metadata: identity(p),
        minutes: Math.max(0, Math.floor((now - Date.parse(p.metadata?.creationTimestamp ?? '')) / 60_000)),
      }),
      { clock },
    ),
  );
  const events = track(ages, (row) => row.minutes);

  events.expect('ADDED shop/web 2');

  clock.advance(120_000);
  events.expect('MODIFIED shop/web 3', 'MODIFIED shop/web 4');
});
