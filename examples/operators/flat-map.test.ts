import { flatMap } from 'kubefacet/projections';
import { fakeInformer, service, track } from 'kubefacet/testing';

it('flatMap makes any number of rows from each object', () => {
  const services = fakeInformer(service('shop/web', { ports: [80] }));
  const ports = services.pipe(
    flatMap(({ metadata, spec }) =>
      (spec?.ports ?? []).map(({ port }) => ({
        metadata: { namespace: metadata?.namespace, name: `${metadata?.name}-${port}` },
        port,
      })),
    ),
  );
  const events = track(ports, (row) => row.port);

  services.modify(service('shop/web', { ports: [80, 443] }));
  services.delete('shop/web');

  events.expect('ADDED shop/web-80 80', 'ADDED shop/web-443 443', 'DELETED shop/web-443 443', 'DELETED shop/web-80 80');
});
