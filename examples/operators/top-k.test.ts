import { topK } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('shows the two pods with the most containers', () => {
  const containers = (count: number) => Array.from({ length: count }, (_, at) => ({ name: `c${at}`, image: 'nginx' }));
  const pods = fakeInformer(
    pod('shop/web', { containers: containers(3) }),
    pod('shop/db', { containers: containers(2) }),
    pod('shop/job', { containers: containers(1) }),
  );
  const largest = pods.pipe(topK(2, { by: (p) => p.spec?.containers.length }));
  const events = track(largest, (p) => p.spec?.containers.length);

  pods.modify(pod('shop/job', { containers: containers(4) }));
  pods.delete('shop/web');

  events.expect(
    'ADDED shop/db 2',
    'ADDED shop/web 3',
    'DELETED shop/db 2',
    'ADDED shop/job 4',
    'ADDED shop/db 2',
    'DELETED shop/web 3',
  );
});
