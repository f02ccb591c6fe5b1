import { expireAfter } from 'kubefacet/projections';
import { fakeClock, fakeInformer, pod, track } from 'kubefacet/testing';

it('shows the pods that started in the last ten minutes', () => {
  const clock = fakeClock(Date.parse('2026-01-01T12:00:00Z'));
  const started = (key: string, startTime: string) => ({ ...pod(key), status: { startTime } });
  const pods = fakeInformer(started('shop/web', '2026-01-01T11:55:00Z'), started('shop/db', '2026-01-01T11:00:00Z'));
  const recent = pods.pipe(expireAfter(600_000, (p) => p.status?.startTime, { clock }));
  const events = track(recent);

  events.expect('ADDED shop/web');

  clock.advance(300_000);
  events.expect('DELETED shop/web');
});
