import { flatMap, identity } from 'kubefacet/projections';
import { fakeInformer, service, track } from 'kubefacet/testing';

it('shows each port of a Service', () => {
  const services = fakeInformer(service('shop/web', { ports: [80] }));
  const ports = services.pipe(
    flatMap((svc) =>
      (svc.spec?.ports ?? []).map(({ port }) => ({
        metadata: identity(svc, { name: `${svc.metadata?.name}-${port}` }),
        port,
      })),
    ),
  );
  const events = track(ports, (row) => row.port);

  services.modify(service('shop/web', { ports: [80, 443] }));
  services.delete('shop/web');

  events.expect('ADDED shop/web-80 80', 'ADDED shop/web-443 443', 'DELETED shop/web-443 443', 'DELETED shop/web-80 80');
});
