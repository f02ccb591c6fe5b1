import { collect, count, countBy, groupBy, groupKey, map } from 'kubefacet/projections';
import { fakeInformer, pod, track } from 'kubefacet/testing';

it('counts the pods of each node', () => {
  const pods = fakeInformer(pod('shop/web', { node: 'n1' }), pod('shop/db'));
  const usage = pods.pipe(
    groupBy((p) => p.spec?.nodeName, {
      pods: count(),
      byPhase: countBy((p) => p.status?.phase),
      names: collect((p) => p.metadata?.name),
    }),
    map(({ metadata, ...status }) => ({ metadata, status })),
  );
  const events = track(usage, ({ status }) => `${status.pods}: ${status.names.join(' ')}`);

  pods.modify(pod('shop/db', { node: 'n1' }));
  pods.modify(pod('shop/web', { node: 'n1', annotations: { note: 'no reducer reads this' } }));
  pods.delete('shop/web');

  events.expect('ADDED n1 1: web', 'MODIFIED n1 2: db web', 'MODIFIED n1 1: db');
});

it('counts the pods of each image', () => {
  const pods = fakeInformer(pod('shop/web', { containers: [{ name: 'web', image: 'ghcr.io/shop/web:1.25' }] }));
  const images = pods.pipe(
    groupBy((p) => p.spec?.containers.map((container) => container.image ?? ''), { image: groupKey(), pods: count() }),
  );
  track(images, ({ image, pods: members }) => `${image} ${members}`).expect(
    'ADDED ghcr-io-shop-web-1-25--wxnmcjfv72c4 ghcr.io/shop/web:1.25 1',
  );
});
