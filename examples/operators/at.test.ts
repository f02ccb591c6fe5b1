import { at, identity } from 'kubefacet/projections';
import { fakeClock, fakeInformer, pod, track } from 'kubefacet/testing';

const MINUTE = 60_000;

it('marks a pod as late five minutes after its start', () => {
  const clock = fakeClock(Date.parse('2026-01-01T12:00:00Z'));
  const started = (key: string, startTime: string) => ({ ...pod(key), status: { startTime } });
  const pods = fakeInformer(started('shop/web', '2026-01-01T11:59:00Z'), started('shop/db', '2026-01-01T11:00:00Z'));
  const deadlineOf = (startTime: string | Date | undefined) => new Date(startTime ?? 0).getTime() + 5 * MINUTE;
  const deadlines = pods.pipe(
    at(
      (p) => deadlineOf(p.status?.startTime),
      (p, now) => ({ metadata: identity(p), late: now >= deadlineOf(p.status?.startTime) }),
      { clock },
    ),
  );
  const events = track(deadlines, ({ late }) => late);

  events.expect('ADDED shop/db true', 'ADDED shop/web false');

  clock.advance(4 * MINUTE);
  events.expect('MODIFIED shop/web true');
});
